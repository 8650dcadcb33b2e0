_base_ = [
    '../_base_/dmrnet_faster-rcnn_convnext-t_fpn.py',
    '../_base_/datasets/prw.py',
]

model = dict(memory=dict(num_labelled=1024, num_unlabelled=0))
