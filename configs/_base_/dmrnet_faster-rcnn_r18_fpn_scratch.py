# A small DMRNet that trains from scratch on a CPU within minutes.
_base_ = './dmrnet_faster-rcnn_r50_fpn.py'

model = dict(
    embed_gt_boxes=True,
    backbone=dict(
        depth=18,
        frozen_stages=-1,
        norm_eval=False,
        init_cfg=dict(_delete_=True, type='Kaiming', layer='Conv2d'),
    ),
    neck=dict(in_channels=[64, 128, 256, 512], out_channels=64),
    rpn_head=dict(in_channels=64, feat_channels=64),
    roi_head=dict(
        bbox_roi_extractor=dict(out_channels=64),
        bbox_head=dict(in_channels=64, fc_out_channels=256),
    ),
    reid_head=dict(in_channels=64, out_channels=256),
    memory=dict(num_labelled=1024, num_unlabelled=512),
    # a run of hundreds of iterations needs an average faster than 0.001
    key_encoder=dict(momentum=0.01),
    train_cfg=dict(
        rpn_proposal=dict(nms_pre=1000, max_per_img=500),
        rcnn=dict(sampler=dict(num=128)),
    ),
    # scenes of a few persons who stand apart
    test_cfg=dict(
        rpn=dict(max_per_img=100), rcnn=dict(nms=dict(iou_threshold=0.4))
    ),
)

optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=0.0006, weight_decay=0.0001)
)
auto_scale_lr = dict(base_batch_size=4)
randomness = dict(seed=0)

train_cfg = dict(max_epochs=5, val_interval=5)
# a leaf that trains for another number of epochs changes entry 1
param_scheduler = [
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
default_hooks = dict(logger=dict(interval=10))
