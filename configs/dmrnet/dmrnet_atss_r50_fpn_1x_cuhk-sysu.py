_base_ = [
    '../_base_/dmrnet_atss_r50_fpn.py',
    '../_base_/datasets/cuhk_sysu.py',
]

# ATSS gives persons lower scores than Faster R-CNN
val_evaluator = dict(score_thr=0.2)
test_evaluator = val_evaluator
