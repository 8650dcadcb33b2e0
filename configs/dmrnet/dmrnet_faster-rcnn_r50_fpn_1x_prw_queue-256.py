# Ablation: a shorter queue.
_base_ = './dmrnet_faster-rcnn_r50_fpn_1x_prw.py'

model = dict(memory=dict(num_labelled=256))
