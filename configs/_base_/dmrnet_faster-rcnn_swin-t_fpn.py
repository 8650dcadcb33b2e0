# DMRNet on Faster R-CNN with the Swin-T of MMDetection's stock config.
_base_ = './dmrnet_faster-rcnn_r50_fpn.py'

stock = __import__('mmengine.hub').hub.get_config(
    'mmdet::swin/mask-rcnn_swin-t-p4-w7_fpn_1x_coco.py'
)
model = dict(
    backbone=dict(_delete_=True, **stock.model.backbone), neck=stock.model.neck
)

# the stock rates scaled from 16 images a step to 3; not tuned
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=2e-5, weight_decay=0.05),
    paramwise_cfg=stock.optim_wrapper.paramwise_cfg,
)
del stock
