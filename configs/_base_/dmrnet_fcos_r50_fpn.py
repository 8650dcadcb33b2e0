# DMRNet on MMDetection's stock FCOS.
from importlib import import_module

_base_ = ['./recipe.py', './branch.py']

model = (
    import_module('mmengine.hub')
    .get_config('mmdet::fcos/fcos_r50-caffe_fpn_gn-head_1x_coco.py')
    .model
)
model.update(
    type='mmdmr.DMRFCOS',
    reid_head=_base_.branch_from_stride_8,
    memory=_base_.memory_queue,
    key_encoder=_base_.ema_encoder,
)
model.bbox_head.update(num_classes=1)
