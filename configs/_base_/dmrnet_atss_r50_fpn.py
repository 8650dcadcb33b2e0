# DMRNet on MMDetection's ATSS.
_base_ = ['./recipe.py', './branch.py']

model = (
    __import__('mmengine.hub')
    .hub.get_config('mmdet::atss/atss_r50_fpn_1x_coco.py')
    .model
)
model.update(
    type='mmdmr.DMRATSS',
    reid_head=_base_.branch_from_stride_8,
    memory=_base_.memory_queue,
    key_encoder=_base_.ema_encoder,
)
model.bbox_head.update(num_classes=1)
model.train_cfg.assigner.update(type='mmdmr.ATSSAssigner', ignore_iof_thr=0.5)
