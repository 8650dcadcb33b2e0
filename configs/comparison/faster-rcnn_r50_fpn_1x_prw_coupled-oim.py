# And coupled: identification shares the RoI head's features.
_base_ = './faster-rcnn_r50_fpn_1x_prw_oim.py'

model = dict(
    type='mmdmr.CoupledFasterRCNN',
    roi_head=dict(type='mmdmr.SharedRoIHead'),
    reid_head=dict(
        _delete_=True,
        type='mmdmr.ReIDHead',
        in_channels=1024,
        out_channels=2048,
        loss_reid=dict(type='mmdmr.OIMLoss'),
    ),
)
