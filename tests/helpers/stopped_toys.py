"""Toy trainings that are stopped, resumed and compared."""

import json
from pathlib import Path

from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from toy_contrast import NoisyToyData, make_runner, toy_data


class Stop(Exception):
    """A training that ends as if it had been killed."""


@HOOKS.register_module(force=True)
class At(Hook):
    """Calls a function before an iteration."""

    priority = 'LOWEST'

    def __init__(self, iteration, call):
        self.iteration, self.call = iteration, call

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter == self.iteration:
            self.call(runner)


def stop(runner):
    raise Stop


def guarded(work_dir, call=None, at=None, hooks=None, **kwargs):
    """A toy training with all guards, and noise in data and network.

    Args:
        work_dir (Path): Work dir; ``lines.jsonl`` in it is the trajectory.
        call (Callable | None): Function of the runner, called before
            iteration ``at`` (counted from 0).
        at (int | None): The iteration.
        hooks (dict | None): Changes of the default hooks.
        **kwargs: Arguments of ``make_runner``.
    """
    work_dir.mkdir(parents=True, exist_ok=True)
    default_hooks = dict(
        checkpoint=dict(
            type='mmdmr.AtomicCheckpointHook',
            by_epoch=False,
            interval=1,
            max_keep_ckpts=1,
        ),
        exact_resume=dict(type='mmdmr.ExactResumeHook'),
        preemption=dict(type='mmdmr.PreemptionHook'),
        trajectory=dict(
            type='mmdmr.TrajectoryHook', out=str(work_dir / 'lines.jsonl')
        ),
    )
    if call is not None:
        default_hooks['at'] = dict(type='At', iteration=at, call=call)
    train_dataloader = dict(
        dict(
            dataset=NoisyToyData(toy_data()),
            batch_sampler=dict(type='mmdmr.SeededBatchSampler'),
        ),
        **kwargs.pop('train_dataloader', {}),
    )
    return make_runner(
        work_dir,
        default_hooks={**default_hooks, **(hooks or {})},
        train_dataloader=train_dataloader,
        **kwargs,
    )


def lines_of(work_dir):
    """Lines of a trajectory by iteration; equal if trained twice."""
    lines = {}
    for text in (Path(work_dir) / 'lines.jsonl').read_text().splitlines():
        line = json.loads(text)
        assert lines.setdefault(line['iter'], line) == line
    return [lines[number] for number in sorted(lines)]
