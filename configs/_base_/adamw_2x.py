# AdamW for 24 epochs, the schedule by which PSTR (CVPR 2022) trains a
# transformer for person search. Configs pick entries of this file. Not trained
# here: an example, not a recipe.
adamw = dict(_delete_=True, type='AdamW', lr=1e-4, weight_decay=0.0001)
epochs_2x = dict(max_epochs=24)
param_scheduler_2x = [
    dict(
        type='LinearLR', start_factor=1.0 / 3, by_epoch=False, begin=0, end=500
    ),
    dict(
        type='MultiStepLR',
        begin=0,
        end=24,
        by_epoch=True,
        milestones=[19, 23],
        gamma=0.1,
    ),
]
