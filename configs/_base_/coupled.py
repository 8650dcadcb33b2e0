# Coupled baseline: identification shares the RoI head's features. Use in a
# config: `model = _base_.coupled`.
coupled = dict(
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
# for the small network, whose RoI head has 256 features
coupled_scratch = dict(
    coupled,
    reid_head=dict(coupled['reid_head'], in_channels=256, out_channels=256),
)
