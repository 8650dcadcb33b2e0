# The network of `make demo`, on synthetic scenes.
_base_ = [
    '../_base_/dmrnet_faster-rcnn_r18_fpn_scratch.py',
    '../_base_/datasets/synthetic.py',
]
