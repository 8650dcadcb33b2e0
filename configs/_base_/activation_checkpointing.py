# Less memory for more time, for configs to pick:
# `model = dict(backbone=_base_.checkpointed_backbone)`.
checkpointed_backbone = dict(with_cp=True)
