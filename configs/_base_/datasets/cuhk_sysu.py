_base_ = './person_search.py'

data_root = 'data/CUHK-SYSU/'

train_dataloader = dict(
    dataset=dict(type='mmdmr.CUHKSYSUDataset', data_root=data_root)
)
val_dataloader = dict(
    dataset=dict(
        type='mmdmr.CUHKSYSUDataset', data_root=data_root, protocols=['G100']
    )
)
test_dataloader = val_dataloader
