_base_ = [
    '../_base_/dmrnet_retinanet_r50_fpn-gn.py',
    '../_base_/datasets/cuhk_sysu.py',
]
