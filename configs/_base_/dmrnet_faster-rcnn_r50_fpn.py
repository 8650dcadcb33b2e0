# DMRNet on MMDetection's stock Faster R-CNN, with the paper's recipe.
_base_ = [
    'mmdet::_base_/models/faster-rcnn_r50_fpn.py',
    'mmdet::_base_/schedules/schedule_1x.py',
    'mmdet::_base_/default_runtime.py',
]

model = dict(
    type='mmdmr.DMRFasterRCNN',
    roi_head=dict(bbox_head=dict(num_classes=1)),
    reid_head=dict(
        type='mmdmr.DMRHead',
        in_channels=256,
        out_channels=2048,
        in_strides=[4, 8, 16, 32, 64],
        featmap_strides=[8, 16, 32],
        finest_scale=56,
        scale=16.0,
        margin=0.0,
        loss_weight=1.0,
    ),
    memory=dict(
        type='mmdmr.MemoryQueue', num_labelled=4096, num_unlabelled=4096
    ),
    key_encoder=dict(type='mmdmr.KeyEncoder', momentum=0.001),
)

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
