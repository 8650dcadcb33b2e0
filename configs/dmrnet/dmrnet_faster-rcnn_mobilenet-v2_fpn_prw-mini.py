# MobileNetV2 from ImageNet weights, which `mmdmr convert_backbone` renames to
# MMDetection's names. See docs/pretrained.md.
_base_ = './dmrnet_faster-rcnn_r18_fpn_prw-mini.py'

max_epochs = 8

model = dict(
    backbone=dict(
        _delete_=True,
        type='MobileNetV2',
        out_indices=(1, 2, 4, 6),
        norm_eval=True,
        init_cfg=dict(
            type='Pretrained',
            checkpoint='data/mobilenet_v2.pth',
            prefix='backbone',
        ),
    ),
    neck=dict(in_channels=[24, 32, 96, 320]),
    # stride 4, too: half of the persons are at most 31 pixels wide
    reid_head=dict(featmap_strides=[4, 8, 16, 32], loss_reid=dict(scale=8.0)),
    test_cfg=dict(rcnn=dict(nms=dict(iou_threshold=0.5))),
)

train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
param_scheduler = _base_.param_scheduler
param_scheduler[1].update(T_max=max_epochs, end=max_epochs)
