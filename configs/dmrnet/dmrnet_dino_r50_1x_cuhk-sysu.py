_base_ = [
    '../_base_/dmrnet_dino_r50.py',
    '../_base_/datasets/cuhk_sysu.py',
]
