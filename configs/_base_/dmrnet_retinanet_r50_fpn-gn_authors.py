# RetinaNet in the conventions of the authors' weights, see
# docs/authors_weights.md.
_base_ = './dmrnet_retinanet_r50_fpn-gn.py'

model = dict(
    bbox_head=dict(
        anchor_generator=dict(type='LegacyAnchorGenerator', center_offset=0.5),
        bbox_coder=dict(type='mmdmr.InclusiveDeltaXYWHBBoxCoder'),
    ),
    reid_head=dict(
        featmap_strides=[8, 16, 32],
        roi_extractor=dict(type='mmdmr.LegacyRoIExtractor'),
    ),
    test_cfg=dict(
        min_bbox_size=-1, nms=dict(type='nms', iou_threshold=0.5, offset=1)
    ),
)
