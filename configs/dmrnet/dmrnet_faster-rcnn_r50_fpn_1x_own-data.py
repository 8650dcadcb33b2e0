# Your own images and one JSON each for training and test.
_base_ = [
    '../_base_/dmrnet_faster-rcnn_r50_fpn.py',
    '../_base_/datasets/own_data.py',
]
