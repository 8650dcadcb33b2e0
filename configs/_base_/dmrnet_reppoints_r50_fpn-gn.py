# DMRNet on MMDetection's stock RepPoints, the detector the paper leads with.
from importlib import import_module

_base_ = './recipe.py'

model = (
    import_module('mmengine.hub')
    .get_config(
        'mmdet::reppoints/reppoints-moment_r50_fpn-gn_head-gn_1x_coco.py'
    )
    .model
)
model.update(
    type='mmdmr.DMRRepPoints',
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
model.bbox_head.update(num_classes=1)
