# Identification from the RoI head's shared features, for configs to pick:
# `model = _base_.coupled`.
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
# with the small network's 256 features
coupled_scratch = dict(
    coupled,
    reid_head=dict(coupled['reid_head'], in_channels=256, out_channels=256),
)
