# And coupled: identification shares the RoI head's features.
_base_ = './faster-rcnn_r18_fpn_synthetic-hard_oim.py'

model = dict(
    type='mmdmr.CoupledFasterRCNN',
    roi_head=dict(type='mmdmr.SharedRoIHead'),
    reid_head=dict(
        _delete_=True,
        type='mmdmr.ReIDHead',
        in_channels=256,
        out_channels=256,
        loss_reid=dict(type='mmdmr.OIMLoss'),
    ),
)
