# DMRNet on MMDetection's RetinaNet, with the authors' two changes: GN in the
# FPN and smooth L1.
_base_ = [
    'mmdet::_base_/models/retinanet_r50_fpn.py',
    './recipe.py',
    './branch.py',
    './ignored_regions.py',
]

model = dict(
    type='mmdmr.DMRRetinaNet',
    neck=dict(norm_cfg=dict(type='GN', num_groups=32)),
    bbox_head=dict(
        num_classes=1,
        loss_bbox=dict(_delete_=True, type='SmoothL1Loss', beta=0.11),
    ),
    reid_head=_base_.branch_from_stride_8,
    memory=_base_.memory_queue,
    key_encoder=_base_.ema_encoder,
    train_cfg=dict(assigner=_base_.ignoring),
)
