# A few hundred frames of one PRW camera, in PRW's layout. Trains from scratch
# on a CPU.
_base_ = './dmrnet_faster-rcnn_r18_fpn_synthetic.py'

data_root = 'data/PRW-mini/'
image_scale = (500, 400)
max_epochs = 10

# many persons, close together: fewer proposals or a lower NMS threshold cost
# recall
model = dict(
    test_cfg=dict(
        rpn=dict(max_per_img=1000), rcnn=dict(nms=dict(iou_threshold=0.6))
    )
)

# the pipelines of the base config, resizing to this scale
train_pipeline = _base_.train_pipeline
test_pipeline = _base_.test_pipeline
for step in train_pipeline + test_pipeline:
    if step.type == 'Resize':
        step.scale = image_scale
del step

train_dataloader = dict(
    dataset=dict(
        type='mmdmr.PRWDataset', data_root=data_root, pipeline=train_pipeline
    )
)
val_dataloader = dict(
    dataset=dict(
        type='mmdmr.PRWDataset',
        data_root=data_root,
        protocols=['all'],
        pipeline=test_pipeline,
    )
)
test_dataloader = val_dataloader

train_cfg = dict(max_epochs=max_epochs, val_interval=5)
param_scheduler = _base_.param_scheduler
param_scheduler[1].update(T_max=max_epochs, end=max_epochs)
