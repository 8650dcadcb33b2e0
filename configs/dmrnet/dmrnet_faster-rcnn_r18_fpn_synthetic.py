# The network of `make demo`, on synthetic scenes.
_base_ = [
    '../_base_/dmrnet_faster-rcnn_r18_fpn_scratch.py',
    '../_base_/datasets/synthetic.py',
    '../_base_/channels_last.py',
    '../_base_/fused_optimizer.py',
]

# On a CPU, both save time.
custom_hooks = _base_.custom_hooks + [_base_.channels_last]
optim_wrapper = dict(optimizer=_base_.fused_optimizer)
