"""Change the number of epochs of a config."""

from typing import Any

from mmengine.config import Config

from mmdmr.errors import InputError


def set_epochs(cfg: Config, epochs: int) -> None:
    """Set the number of epochs, and scale the learning rate's schedule.

    Schedules by epoch keep their proportions: a learning rate that drops
    after two thirds of the training still does. Warm-ups by iteration stay.

    Args:
        cfg (Config): Config to change.
        epochs (int): Number of epochs, >= 1.

    Raises:
        InputError: The number is below 1, or the config counts iterations.

    Example:
        >>> steps = dict(type='MultiStepLR', milestones=[8, 11], end=12)
        >>> cfg = Config(dict(
        ...     train_cfg=dict(max_epochs=12), param_scheduler=[steps]))
        >>> set_epochs(cfg, 24)
        >>> cfg.param_scheduler[0].milestones
        [16, 22]
    """
    if epochs < 1:
        raise InputError(f'--epochs must be at least 1, not {epochs}')
    before = cfg.get('train_cfg', {}).get('max_epochs')
    if before is None:
        raise InputError(
            '--epochs: this config counts iterations; change '
            'train_cfg.max_iters by --cfg-options'
        )

    def scaled(value: Any) -> int:
        return max(1, round(value * epochs / before))

    cfg.train_cfg.max_epochs = epochs
    # A validation after the last epoch at the latest.
    interval = cfg.train_cfg.get('val_interval', 1)
    cfg.train_cfg.val_interval = min(interval, epochs)
    schedulers = cfg.get('param_scheduler') or []
    if not isinstance(schedulers, list):
        schedulers = [schedulers]
    for scheduler in schedulers:
        if not scheduler.get('by_epoch', True):
            continue
        for key in ('begin', 'end', 'T_max'):
            if scheduler.get(key):
                scheduler[key] = scaled(scheduler[key])
        if 'milestones' in scheduler:
            steps: list[int] = [scaled(v) for v in scheduler.milestones]
            # Neighbours may fall into one epoch.
            scheduler.milestones = sorted(set(steps))
