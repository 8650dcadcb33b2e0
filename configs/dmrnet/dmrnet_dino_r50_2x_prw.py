_base_ = [
    '../_base_/dmrnet_dino_r50.py',
    '../_base_/datasets/prw.py',
]

model = dict(memory=dict(num_labelled=1024, num_unlabelled=0))

# DINO gives persons lower scores than Faster R-CNN
val_evaluator = dict(score_thr=0.2)
test_evaluator = val_evaluator
