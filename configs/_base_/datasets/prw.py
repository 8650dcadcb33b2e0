_base_ = './person_search.py'

data_root = 'data/PRW/'

train_dataloader = dict(
    dataset=dict(type='mmdmr.PRWDataset', data_root=data_root)
)
val_dataloader = dict(
    dataset=dict(
        type='mmdmr.PRWDataset',
        data_root=data_root,
        protocols=['all', 'cross-camera'],
    )
)
test_dataloader = val_dataloader
