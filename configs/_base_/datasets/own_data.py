# Your own images: ROOT/images, ROOT/annotations/train.json and test.json.
_base_ = './person_search.py'

data_root = 'data/own-data/'

train_dataloader = dict(
    dataset=dict(type='mmdmr.CocoPersonSearchDataset', data_root=data_root)
)
val_dataloader = dict(
    dataset=dict(
        type='mmdmr.CocoPersonSearchDataset',
        data_root=data_root,
        protocols=['all'],
    )
)
test_dataloader = val_dataloader
