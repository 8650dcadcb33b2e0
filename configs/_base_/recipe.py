# The authors' recipe: SGD, 12 epochs, 3 images a step. The authors trained
# RepPoints and RetinaNet with this recipe. On other detectors it is untested.
_base_ = [
    'mmdet::_base_/schedules/schedule_1x.py',
    './guards.py',
]

custom_hooks = [
    dict(type='mmdmr.EMAEncoderHook'),
    dict(type='mmdmr.MemoryQueueHook'),
]

optim_wrapper = dict(
    optimizer=dict(lr=0.001, momentum=0.9, weight_decay=0.0001),
    clip_grad=dict(max_norm=35, norm_type=2),
)
param_scheduler = [
    dict(
        type='LinearLR', start_factor=1.0 / 3, by_epoch=False, begin=0, end=500
    ),
    dict(
        type='MultiStepLR',
        begin=0,
        end=12,
        by_epoch=True,
        milestones=[8, 11],
        gamma=0.1,
    ),
]
auto_scale_lr = dict(enable=False, base_batch_size=3)

default_hooks = dict(
    checkpoint=dict(
        interval=1, max_keep_ckpts=3, save_best='search/mAP', rule='greater'
    )
)

visualizer = dict(type='mmdmr.PersonSearchVisualizer')
