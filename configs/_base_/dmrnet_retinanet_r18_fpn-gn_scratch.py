# A small DMRNet on RetinaNet. It trains from scratch on a CPU within minutes.
_base_ = ['./dmrnet_retinanet_r50_fpn-gn.py', './scratch.py']

model = dict(
    embed_gt_boxes=True,
    backbone=_base_.scratch_backbone,
    neck=_base_.scratch_neck,
    bbox_head=dict(in_channels=64, feat_channels=64),
    reid_head=dict(in_channels=64, out_channels=256),
    memory=_base_.scratch_memory,
    key_encoder=_base_.scratch_key_encoder,
    test_cfg=dict(nms=dict(iou_threshold=0.4)),
)

optim_wrapper = _base_.scratch_optim_wrapper
auto_scale_lr = dict(base_batch_size=4)
randomness = dict(seed=0)
train_cfg = dict(max_epochs=5, val_interval=5)
param_scheduler = _base_.scratch_param_scheduler
default_hooks = dict(logger=dict(interval=10))
