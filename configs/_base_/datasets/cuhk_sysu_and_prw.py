# CUHK-SYSU and PRW: one training set, with all identities kept apart, and two
# test sets.
_base_ = './person_search.py'

train_cuhk_sysu = dict(
    type='mmdmr.CUHKSYSUDataset',
    data_root='data/CUHK-SYSU/',
    filter_cfg=dict(filter_empty_gt=True),
)
train_prw = dict(
    type='mmdmr.PRWDataset',
    data_root='data/PRW/',
    filter_cfg=dict(filter_empty_gt=True),
)
test_cuhk_sysu = dict(
    type='mmdmr.CUHKSYSUDataset',
    data_root='data/CUHK-SYSU/',
    protocols=['G100'],
    test_mode=True,
)
test_prw = dict(
    type='mmdmr.PRWDataset',
    data_root='data/PRW/',
    protocols=['all', 'cross-camera'],
    test_mode=True,
)

train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='mmdmr.ConcatDataset',
        datasets=[train_cuhk_sysu, train_prw],
        pipeline=_base_.train_pipeline,
    )
)
val_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='mmdmr.ConcatDataset',
        datasets=[test_cuhk_sysu, test_prw],
        pipeline=_base_.test_pipeline,
    )
)
test_dataloader = val_dataloader

val_evaluator = dict(
    _delete_=True,
    type='MultiDatasetsEvaluator',
    metrics=[
        dict(type='mmdmr.PersonSearchMetric'),
        dict(type='mmdmr.PersonSearchMetric'),
    ],
    dataset_prefixes=['cuhk-sysu', 'prw'],
)
test_evaluator = val_evaluator
