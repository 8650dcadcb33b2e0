# Trained on CUHK-SYSU, tested on PRW: transfer to another data set.
_base_ = './dmrnet_faster-rcnn_r50_fpn_1x_cuhk-sysu.py'

val_dataloader = dict(
    dataset=dict(
        type='mmdmr.PRWDataset',
        data_root='data/PRW/',
        protocols=['all', 'cross-camera'],
    )
)
test_dataloader = val_dataloader
