_base_ = [
    '../_base_/dmrnet_fcos_r50_fpn.py',
    '../_base_/datasets/cuhk_sysu.py',
]

# FCOS's scores are lower than those of Faster R-CNN
val_evaluator = dict(score_thr=0.2)
test_evaluator = val_evaluator
