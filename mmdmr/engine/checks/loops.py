"""Will the loops end, save what they learn, and follow their schedule?"""

from typing import Any

from mmengine.dataset import InfiniteSampler
from mmengine.hooks import CheckpointHook, ParamSchedulerHook
from mmengine.runner import BaseLoop, IterBasedTrainLoop, Runner

from mmdmr.errors import InputError


def check_loops(runner: Runner) -> None:
    """Check loops against their samplers and against the hooks of a runner.

    Says by a warning what is wrong, but may be meant: that nothing is saved,
    or not before the end.

    Args:
        runner (Runner): With its loops built.

    Raises:
        InputError: An epoch would have no batch or no end, or the schedule of
            the learning rate would not be followed.
    """
    by_iter = isinstance(runner.train_loop, IterBasedTrainLoop)
    if not by_iter:
        _check_ends(runner.train_loop, 'train_dataloader')
        if not len(runner.train_dataloader):
            raise InputError(
                'train_dataloader gives no batch: its batch_size is larger '
                'than the data set, and drop_last leaves the rest out'
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
    savers = [h for h in runner.hooks if isinstance(h, CheckpointHook)]
    if not savers:
        runner.logger.warning(
            'there is no CheckpointHook (default_hooks.checkpoint): nothing '
            'that is learned will be saved'
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
                'and there is none'
            )


def _check_ends(loop: BaseLoop, name: str) -> None:
    loader: Any = loop.dataloader
    batches = getattr(loader, 'batch_sampler', None)
    for sampler in (loader.sampler, getattr(batches, 'sampler', None)):
        if isinstance(sampler, InfiniteSampler):
            raise InputError(
                f'{name}.sampler is an InfiniteSampler, with which an epoch '
                "has no end: take dict(type='DefaultSampler', shuffle=...)"
            )
