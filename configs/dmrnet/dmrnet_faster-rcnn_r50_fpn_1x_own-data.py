# Your own images, with one JSON file for training and one for the test.
_base_ = [
    '../_base_/dmrnet_faster-rcnn_r50_fpn.py',
    '../_base_/datasets/own_data.py',
]

model = dict(
    # also reports search+gt, the search on ground-truth boxes
    embed_gt_boxes=True,
    # runs of a few thousand iterations need a faster average than 0.001
    key_encoder=dict(momentum=0.01),
)
