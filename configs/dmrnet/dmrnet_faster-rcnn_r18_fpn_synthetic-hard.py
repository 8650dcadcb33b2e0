_base_ = [
    '../_base_/dmrnet_faster-rcnn_r18_fpn_scratch.py',
    '../_base_/datasets/synthetic_hard.py',
]
