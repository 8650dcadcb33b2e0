_base_ = [
    '../_base_/dmrnet_retinanet_r18_fpn-gn_scratch.py',
    '../_base_/datasets/synthetic_hard.py',
]
