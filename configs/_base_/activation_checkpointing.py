# Activation checkpointing: less memory, longer training. Use in a config:
# `model = dict(backbone=_base_.checkpointed_backbone)`.
checkpointed_backbone = dict(with_cp=True)
