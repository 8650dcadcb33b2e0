_base_ = [
    '../_base_/dmrnet_faster-rcnn_convnext-t_fpn.py',
    '../_base_/datasets/cuhk_sysu.py',
]
