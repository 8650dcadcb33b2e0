# DMRNet on MMDetection's stock Faster R-CNN.
_base_ = ['mmdet::_base_/models/faster-rcnn_r50_fpn.py', './recipe.py']

model = dict(
    type='mmdmr.DMRFasterRCNN',
    roi_head=dict(bbox_head=dict(num_classes=1)),
    reid_head=dict(
        type='mmdmr.DMRHead',
        in_channels=256,
        out_channels=2048,
        in_strides=[4, 8, 16, 32, 64],
        featmap_strides=[8, 16, 32],
        finest_scale=56,
        loss_reid=dict(
            type='mmdmr.PairLoss', scale=16.0, margin=0.0, loss_weight=1.0
        ),
    ),
    memory=dict(
        type='mmdmr.MemoryQueue', num_labelled=4096, num_unlabelled=4096
    ),
    key_encoder=dict(type='mmdmr.KeyEncoder', momentum=0.001),
)
