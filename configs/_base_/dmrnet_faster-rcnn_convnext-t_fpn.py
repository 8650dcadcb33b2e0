# DMRNet on Faster R-CNN with the ConvNeXt-T of MMDetection's stock config,
# which MMPretrain brings: pip install onedl-mmpretrain (with the maintained
# forks) or mmpretrain (upstream).
_base_ = './dmrnet_faster-rcnn_r50_fpn.py'

stock = __import__('mmengine.hub').hub.get_config(
    'mmdet::convnext/mask-rcnn_convnext-t-p4-w7_fpn_amp-ms-crop-3x_coco.py'
)
model = dict(
    backbone=dict(_delete_=True, **stock.model.backbone), neck=stock.model.neck
)
custom_imports = stock.custom_imports
del stock

# the stock rate scaled from 16 images a step to 3; not tuned
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=2e-5, weight_decay=0.05)
)
