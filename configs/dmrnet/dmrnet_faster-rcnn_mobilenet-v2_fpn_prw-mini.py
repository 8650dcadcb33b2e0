# From weights that have seen pictures: MobileNetV2 of ImageNet, which
# `mmdmr convert_backbone` names as MMDetection does; see docs/pretrained.md.
_base_ = './dmrnet_faster-rcnn_r18_fpn_prw-mini.py'

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
)

# what is trained already learns more slowly
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.25)))
)
