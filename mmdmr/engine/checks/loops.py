"""Check that loops end, follow their schedule and save checkpoints."""

from typing import Any

from mmengine.dataset import InfiniteSampler
from mmengine.hooks import CheckpointHook, ParamSchedulerHook
from mmengine.runner import BaseLoop, IterBasedTrainLoop, Runner

from mmdmr.errors import InputError


def check_loops(runner: Runner) -> None:
    """Check the loops of a runner against their samplers and hooks.

    A training without checkpoints before its end may be meant and makes a
    warning only.

    Args:
        runner (Runner): Runner with its loops built.

    Raises:
        InputError: An epoch would have no batch or no end, or no hook would
            follow the schedule of the learning rate.
    """
    by_iter = isinstance(runner.train_loop, IterBasedTrainLoop)
    if not by_iter:
        _check_ends(runner.train_loop, 'train_dataloader')
        if not len(runner.train_dataloader):
            raise InputError(
                'train_dataloader gives no batch: its batch_size is larger '
                'than the data set, and drop_last leaves out an incomplete '
                'batch'
            )
    if runner.val_loop is not None:
        _check_ends(runner.val_loop, 'val_dataloader')
    if runner.param_schedulers and not any(
        isinstance(hook, ParamSchedulerHook) for hook in runner.hooks
    ):
        raise InputError(
            'the config has a param_scheduler, but no hook that follows it: '
            "add default_hooks.param_scheduler=dict(type='ParamSchedulerHook')"
        )
    _check_saving(runner, by_iter)


def _check_saving(runner: Runner, by_iter: bool) -> None:
    """Warn of checkpoint hooks that would save nothing, or too late."""
    savers = [h for h in runner.hooks if isinstance(h, CheckpointHook)]
    if not savers:
        runner.logger.warning(
            'the config has no CheckpointHook (default_hooks.checkpoint): '
            'nothing that is learned will be saved'
        )
    for hook in savers:
        if by_iter and hook.by_epoch:
            runner.logger.warning(
                'the loop counts iterations, default_hooks.checkpoint epochs: '
                'nothing is saved before the end; set by_epoch=False and an '
                'interval'
            )
        if hook.save_best and runner.val_loop is None:
            runner.logger.warning(
                'default_hooks.checkpoint.save_best waits for a validation, '
                'but the config has no val_dataloader'
            )


def _check_ends(loop: BaseLoop, name: str) -> None:
    """Check that the samplers of a loop by epoch come to an end."""
    loader: Any = loop.dataloader
    # A batch sampler such as AspectRatioBatchSampler wraps the real sampler.
    batches = getattr(loader, 'batch_sampler', None)
    for sampler in (loader.sampler, getattr(batches, 'sampler', None)):
        if isinstance(sampler, InfiniteSampler):
            raise InputError(
                f'{name}.sampler is an InfiniteSampler, with which an epoch '
                "has no end: take dict(type='DefaultSampler', shuffle=...)"
            )
