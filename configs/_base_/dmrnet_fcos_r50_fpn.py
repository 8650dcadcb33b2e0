# DMRNet on MMDetection's FCOS.
_base_ = ['./recipe.py', './branch.py']

model = (
    __import__('mmengine.hub')
    .hub.get_config('mmdet::fcos/fcos_r50-caffe_fpn_gn-head_1x_coco.py')
    .model
)
model.update(
    type='mmdmr.DMRFCOS',
    reid_head=_base_.branch_from_stride_8,
    memory=_base_.memory_queue,
    key_encoder=_base_.ema_encoder,
)
model.bbox_head.update(num_classes=1)
