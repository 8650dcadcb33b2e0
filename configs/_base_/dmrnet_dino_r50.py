# DMRNet on MMDetection's stock DINO, a transformer.
_base_ = ['./recipe.py', './branch.py']

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

# DINO's optimizer, its rate scaled from 16 images a step to 3
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=2e-5, weight_decay=0.0001),
    clip_grad=dict(max_norm=0.1),
    paramwise_cfg=dict(custom_keys={'backbone': dict(lr_mult=0.1)}),
)
