_base_ = [
    '../_base_/dmrnet_atss_r50_fpn.py',
    '../_base_/datasets/cuhk_sysu.py',
]
