"""Add to a config what keeps a training from being lost."""

from mmengine.config import Config, ConfigDict

from .find import project_root
from .load import read_config

#: Hooks of MMEngine that a guard replaces, with the hook's arguments.
_REPLACED = ('CheckpointHook', 'mmengine.CheckpointHook')
#: The guard whose name is one of MMEngine's default hooks. MMEngine takes None
#: for these names only.
_KNOWN = 'checkpoint'


def add_guards(cfg: Config) -> None:
    """Give a config the hooks and the batch sampler of this package's configs.

    The hooks are those of ``configs/_base_/guards.py``. A hook that the config
    sets, or switches off by None, stays; a ``CheckpointHook`` becomes an
    ``mmdmr.AtomicCheckpointHook`` with the same arguments.

    Args:
        cfg (Config): Config of a training, to change.

    Example:
        >>> cfg = Config(dict(
        ...     default_hooks=dict(checkpoint=dict(
        ...         type='CheckpointHook', interval=2)),
        ...     train_dataloader=dict(batch_size=4)))
        >>> add_guards(cfg)
        >>> cfg.default_hooks.checkpoint
        {'type': 'mmdmr.AtomicCheckpointHook', 'interval': 2}
        >>> cfg.train_dataloader.batch_sampler.type
        'mmdmr.SeededBatchSampler'
    """
    hooks = cfg.setdefault('default_hooks', ConfigDict())
    base = read_config(project_root() / 'configs' / '_base_' / 'guards.py')
    for name, guard in base.default_hooks.items():
        if not guard.type.startswith('mmdmr.'):
            continue
        hook = hooks.setdefault(name, guard)
        if hook is None and name != _KNOWN:
            del hooks[name]
        elif hook is not None and hook.get('type', '') in ('', *_REPLACED):
            hook.type = guard.type
    loader = cfg.train_dataloader
    inner = loader.get('batch_sampler')
    if inner is None or inner.get('type') != 'mmdmr.SeededBatchSampler':
        # PyTorch's data loader takes drop_last or a batch sampler, not both.
        loader.batch_sampler = ConfigDict(
            type='mmdmr.SeededBatchSampler',
            batch_sampler=inner,
            drop_last=loader.pop('drop_last', False),
        )
