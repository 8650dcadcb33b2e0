_base_ = [
    '../_base_/dmrnet_reppoints_r50_fpn-gn_authors.py',
    '../_base_/datasets/cuhk_sysu_authors.py',
]
