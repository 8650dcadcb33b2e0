# A first try on a few hundred images of your own, from scratch on a CPU. For
# good results use the R50 config and a GPU.
_base_ = './dmrnet_faster-rcnn_r18_fpn_prw-mini.py'

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
