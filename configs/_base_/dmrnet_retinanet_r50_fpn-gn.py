# DMRNet on MMDetection's stock RetinaNet, with the authors' two changes: GN in
# the FPN and smooth L1.
_base_ = ['mmdet::_base_/models/retinanet_r50_fpn.py', './recipe.py']

model = dict(
    type='mmdmr.DMRRetinaNet',
    neck=dict(norm_cfg=dict(type='GN', num_groups=32)),
    bbox_head=dict(
        num_classes=1,
        loss_bbox=dict(_delete_=True, type='SmoothL1Loss', beta=0.11),
    ),
    reid_head=dict(
        type='mmdmr.DMRHead',
        in_strides=[8, 16, 32, 64, 128],
        loss_reid=dict(type='mmdmr.PairLoss', scale=16.0),
    ),
    memory=dict(
        type='mmdmr.MemoryQueue', num_labelled=4096, num_unlabelled=4096
    ),
    key_encoder=dict(type='mmdmr.KeyEncoder', momentum=0.001),
)
