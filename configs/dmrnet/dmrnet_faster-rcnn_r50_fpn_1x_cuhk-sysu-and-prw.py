# One network for both data sets. The best checkpoint is selected on PRW, the
# harder data set.
_base_ = [
    '../_base_/dmrnet_faster-rcnn_r50_fpn.py',
    '../_base_/datasets/cuhk_sysu_and_prw.py',
]

default_hooks = dict(checkpoint=dict(save_best='prw/search/mAP'))
