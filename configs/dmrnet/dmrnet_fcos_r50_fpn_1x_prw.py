_base_ = [
    '../_base_/dmrnet_fcos_r50_fpn.py',
    '../_base_/datasets/prw.py',
]

model = dict(memory=dict(num_labelled=1024, num_unlabelled=0))

# FCOS gives persons lower scores than Faster R-CNN
val_evaluator = dict(score_thr=0.2)
test_evaluator = val_evaluator
