# DMRNet on Faster R-CNN with the ConvNeXt-T of MMDetection's config. ConvNeXt
# is part of MMPretrain: pip install torchvision onedl-mmpretrain (with the
# maintained forks) or torchvision mmpretrain (upstream).
_base_ = ['./dmrnet_faster-rcnn_r50_fpn.py', './adamw_2x.py']

stock = __import__('mmengine.hub').hub.get_config(
    'mmdet::convnext/mask-rcnn_convnext-t-p4-w7_fpn_amp-ms-crop-3x_coco.py'
)
model = dict(
    backbone=dict(_delete_=True, **stock.model.backbone), neck=stock.model.neck
)
custom_imports = stock.custom_imports

# weight decay of MMDetection's config
optim_wrapper = dict(
    constructor=stock.optim_wrapper.constructor,
    optimizer=dict(_base_.adamw, weight_decay=0.05),
    paramwise_cfg=stock.optim_wrapper.paramwise_cfg,
)
del stock
train_cfg = _base_.epochs_2x
param_scheduler = _base_.param_scheduler_2x
