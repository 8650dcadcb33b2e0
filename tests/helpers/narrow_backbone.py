"""A ResNet-18 of a quarter of the channels: quick to train and to store."""

#: Changes of a config with the small network of ``scratch.py``.
NARROW = {
    'model.backbone.base_channels': 16,
    'model.neck.in_channels': [16, 32, 64, 128],
}
#: Undoes these changes.
WHOLE = {
    'model.backbone.base_channels': 64,
    'model.neck.in_channels': [64, 128, 256, 512],
}
#: :data:`NARROW` for ``--cfg-options``.
NARROW_OPTIONS = [
    f'{name}={value}'.replace(' ', '') for name, value in NARROW.items()
]
