# DMRNet on MMDetection's RepPoints, the main detector of the paper.
_base_ = ['./recipe.py', './branch.py', './ignored_regions.py']

model = (
    __import__('mmengine.hub')
    .hub.get_config(
        'mmdet::reppoints/reppoints-moment_r50_fpn-gn_head-gn_1x_coco.py'
    )
    .model
)
model.update(
    type='mmdmr.DMRRepPoints',
    reid_head=_base_.branch_from_stride_8,
    memory=_base_.memory_queue,
    key_encoder=_base_.ema_encoder,
)
model.bbox_head.update(num_classes=1)
model.train_cfg.refine.assigner.update(_base_.ignoring)
