# DMRNet on MMDetection's DINO, a transformer. Training starts from
# MMDetection's COCO weights, which MMEngine downloads: from ImageNet weights,
# DINO would need far more pictures of persons.
_base_ = ['./recipe.py', './branch.py', './adamw_2x.py']

model = (
    __import__('mmengine.hub')
    .hub.get_config('mmdet::dino/dino-4scale_r50_8xb2-12e_coco.py')
    .model
)
model.update(
    type='mmdmr.DMRDINO',
    reid_head=_base_.branch_on_four_maps,
    memory=_base_.memory_queue,
    key_encoder=_base_.ema_encoder,
)
model.bbox_head.update(num_classes=1)
# load_from also restores the backbone
model.backbone.init_cfg = None
load_from = 'https://download.openmmlab.com/mmdetection/v3.0/dino/dino-4scale_r50_8xb2-12e_coco/dino-4scale_r50_8xb2-12e_coco_20221202_182705-55b2bba2.pth'

optim_wrapper = dict(
    optimizer=_base_.adamw,
    clip_grad=dict(max_norm=0.1),
    paramwise_cfg=dict(custom_keys={'backbone': dict(lr_mult=0.1)}),
)
train_cfg = _base_.epochs_2x
param_scheduler = _base_.param_scheduler_2x
