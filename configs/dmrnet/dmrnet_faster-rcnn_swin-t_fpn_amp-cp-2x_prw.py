# Mixed precision and activation checkpointing, for larger batches.
_base_ = [
    './dmrnet_faster-rcnn_swin-t_fpn_2x_prw.py',
    '../_base_/amp.py',
    '../_base_/activation_checkpointing.py',
]

model = dict(backbone=_base_.checkpointed_backbone)
optim_wrapper = _base_.amp
