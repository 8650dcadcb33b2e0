# Your own images and one JSON each for training and test.
_base_ = [
    '../_base_/dmrnet_faster-rcnn_r50_fpn.py',
    '../_base_/datasets/own_data.py',
]

model = dict(
    # also search on ground-truth boxes, search+gt
    embed_gt_boxes=True,
    # a few thousand iterations need an average faster than 0.001
    key_encoder=dict(momentum=0.01),
)
