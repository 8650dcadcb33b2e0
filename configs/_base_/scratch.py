# Parts of a small network that trains from scratch on a CPU within minutes.
# Use in a config: `optim_wrapper = _base_.scratch_optim_wrapper`.
scratch_backbone = dict(
    depth=18,
    frozen_stages=-1,
    norm_eval=False,
    init_cfg=dict(_delete_=True, type='Kaiming', layer='Conv2d'),
)
scratch_neck = dict(in_channels=[64, 128, 256, 512], out_channels=64)
scratch_memory = dict(num_labelled=1024, num_unlabelled=512)
# runs of a few hundred iterations need a faster average than 0.001
scratch_key_encoder = dict(momentum=0.01)

scratch_optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=0.0006, weight_decay=0.0001)
)
# a config with another number of epochs changes T_max and end of entry 1
scratch_param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=50),
    dict(
        type='CosineAnnealingLR',
        begin=0,
        T_max=5,
        end=5,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
