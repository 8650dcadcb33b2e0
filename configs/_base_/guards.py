# What keeps a training from being lost: see docs/reliability.md. "mmdmr train"
# adds these hooks to configs that lack them; None switches a hook off.
_base_ = 'mmdet::_base_/default_runtime.py'

default_hooks = dict(
    checkpoint=dict(type='mmdmr.AtomicCheckpointHook'),
    finite_loss=dict(type='mmdmr.FiniteLossHook'),
    bad_images=dict(type='mmdmr.BadImagesHook'),
    exact_resume=dict(type='mmdmr.ExactResumeHook'),
    preemption=dict(type='mmdmr.PreemptionHook'),
)
