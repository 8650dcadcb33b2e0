_base_ = [
    '../_base_/dmrnet_faster-rcnn_r18_fpn_scratch.py',
    '../_base_/datasets/synthetic_hard.py',
]

max_epochs = 4
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
param_scheduler = _base_.scratch_param_scheduler
param_scheduler[1].update(T_max=max_epochs, end=max_epochs)
