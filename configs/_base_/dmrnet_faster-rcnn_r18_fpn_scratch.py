# A small DMRNet on Faster R-CNN. It trains from scratch on a CPU within
# minutes.
_base_ = ['./dmrnet_faster-rcnn_r50_fpn.py', './scratch.py']

model = dict(
    embed_gt_boxes=True,
    backbone=_base_.scratch_backbone,
    neck=_base_.scratch_neck,
    rpn_head=dict(in_channels=64, feat_channels=64),
    roi_head=dict(
        bbox_roi_extractor=dict(out_channels=64),
        bbox_head=dict(in_channels=64, fc_out_channels=256),
    ),
    reid_head=dict(in_channels=64, out_channels=256),
    memory=_base_.scratch_memory,
    key_encoder=_base_.scratch_key_encoder,
    train_cfg=dict(
        rpn_proposal=dict(nms_pre=1000, max_per_img=500),
        rcnn=dict(sampler=dict(num=128)),
    ),
    # few persons in a scene, far apart: few proposals, strict NMS
    test_cfg=dict(
        rpn=dict(max_per_img=100), rcnn=dict(nms=dict(iou_threshold=0.4))
    ),
)

optim_wrapper = _base_.scratch_optim_wrapper
auto_scale_lr = dict(base_batch_size=4)
randomness = dict(seed=0)
train_cfg = dict(max_epochs=5, val_interval=5)
param_scheduler = _base_.scratch_param_scheduler
default_hooks = dict(logger=dict(interval=10))
