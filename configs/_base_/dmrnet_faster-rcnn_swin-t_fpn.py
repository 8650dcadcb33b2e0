# DMRNet on Faster R-CNN with the Swin-T of MMDetection's config.
_base_ = ['./dmrnet_faster-rcnn_r50_fpn.py', './adamw_2x.py']

stock = __import__('mmengine.hub').hub.get_config(
    'mmdet::swin/mask-rcnn_swin-t-p4-w7_fpn_1x_coco.py'
)
model = dict(
    backbone=dict(_delete_=True, **stock.model.backbone), neck=stock.model.neck
)

# weight decay of MMDetection's config
optim_wrapper = dict(
    optimizer=dict(_base_.adamw, weight_decay=0.05),
    paramwise_cfg=stock.optim_wrapper.paramwise_cfg,
)
del stock
train_cfg = _base_.epochs_2x
param_scheduler = _base_.param_scheduler_2x
