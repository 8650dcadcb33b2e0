# RepPoints in the conventions of the authors' weights, see
# docs/authors_weights.md.
_base_ = './dmrnet_reppoints_r50_fpn-gn.py'

model = dict(
    reid_head=dict(
        featmap_strides=[8, 16, 32],
        roi_extractor=dict(type='mmdmr.LegacyRoIExtractor'),
    ),
    test_cfg=dict(
        min_bbox_size=-1, nms=dict(type='nms', iou_threshold=0.5, offset=1)
    ),
)
