_base_ = [
    '../_base_/dmrnet_reppoints_r50_fpn-gn_authors.py',
    '../_base_/datasets/prw_authors.py',
]

model = dict(memory=dict(num_labelled=1024, num_unlabelled=0))
