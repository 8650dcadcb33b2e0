# DMRNet on MMDetection's Faster R-CNN.
_base_ = [
    'mmdet::_base_/models/faster-rcnn_r50_fpn.py',
    './recipe.py',
    './branch.py',
    './ignored_regions.py',
]

model = dict(
    type='mmdmr.DMRFasterRCNN',
    roi_head=dict(
        bbox_roi_extractor=dict(type='mmdmr.FullPrecisionRoIExtractor'),
        bbox_head=dict(num_classes=1),
    ),
    reid_head=_base_.branch_from_stride_4,
    memory=_base_.memory_queue,
    key_encoder=_base_.ema_encoder,
    train_cfg=dict(
        rpn=dict(assigner=_base_.ignoring),
        rcnn=dict(assigner=_base_.ignoring),
    ),
)
