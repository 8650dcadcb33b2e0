# Synthetic scenes in CUHK-SYSU's layout, made by
# `mmdmr make_synthetic --out data/synthetic`.
_base_ = './cuhk_sysu.py'

data_root = 'data/synthetic/'
image_scale = (384, 256)

# the pipelines of the base config, resizing to this scale
train_pipeline = _base_.train_pipeline
test_pipeline = _base_.test_pipeline
for step in train_pipeline + test_pipeline:
    if step.type == 'Resize':
        step.scale = image_scale
del step

train_dataloader = dict(
    batch_size=4,
    num_workers=0,
    persistent_workers=False,
    dataset=dict(data_root=data_root, pipeline=train_pipeline),
)
val_dataloader = dict(
    batch_size=4,
    num_workers=0,
    persistent_workers=False,
    dataset=dict(
        data_root=data_root, protocols=['full'], pipeline=test_pipeline
    ),
)
test_dataloader = val_dataloader
