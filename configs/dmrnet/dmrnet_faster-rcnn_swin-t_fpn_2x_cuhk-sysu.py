_base_ = [
    '../_base_/dmrnet_faster-rcnn_swin-t_fpn.py',
    '../_base_/datasets/cuhk_sysu.py',
]
