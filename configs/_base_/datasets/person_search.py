# Pipelines and loaders shared by all data sets. The config of a data set adds
# its type and data_root. Images are resized to at most 1500x900, as in the
# DMRNet recipe.
image_scale = (1500, 900)
# The scope names mmdmr.LoadImageFromFile, which tells what is wrong with a
# file. It is an entry of its own since MMDetection's inferencers look for the
# bare name.

train_pipeline = [
    dict(type='LoadImageFromFile', _scope_='mmdmr'),
    dict(type='mmdmr.LoadPersonSearchAnnotations'),
    dict(type='Resize', scale=image_scale, keep_ratio=True),
    dict(type='RandomFlip', prob=0.5),
    dict(type='mmdmr.PackPersonSearchInputs'),
]
# Test annotations are loaded after resizing, so that boxes stay in pixels of
# the original image.
test_pipeline = [
    dict(type='LoadImageFromFile', _scope_='mmdmr'),
    dict(type='Resize', scale=image_scale, keep_ratio=True),
    dict(type='mmdmr.LoadPersonSearchAnnotations'),
    dict(type='mmdmr.PackPersonSearchInputs'),
]

train_dataloader = dict(
    batch_size=3,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    # each batch holds landscape images only, or portrait images only; the
    # augmentation of an image depends on the seed and its place in the order
    batch_sampler=dict(
        type='mmdmr.SeededBatchSampler',
        batch_sampler=dict(type='AspectRatioBatchSampler'),
    ),
    dataset=dict(
        filter_cfg=dict(filter_empty_gt=True), pipeline=train_pipeline
    ),
)
val_dataloader = dict(
    batch_size=4,
    num_workers=2,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    # each batch holds images of one shape: no padding changes a result
    batch_sampler=dict(type='mmdmr.SameShapeBatchSampler'),
    dataset=dict(test_mode=True, pipeline=test_pipeline),
)
test_dataloader = val_dataloader

val_evaluator = dict(type='mmdmr.PersonSearchMetric')
test_evaluator = val_evaluator
