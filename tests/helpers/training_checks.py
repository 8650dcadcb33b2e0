"""Run the checks of a training on a changed config."""

import copy
from pathlib import Path

from mmengine.runner import Runner

from mmdmr.engine.checks import check_training


def check(cfg):
    """Check a training; its runner."""
    runner = Runner.from_cfg(cfg)
    runner.train_loop, runner.val_loop
    check_training(runner)
    return runner


def log_of(runner):
    """Text that a runner has logged."""
    return next(Path(runner.log_dir).glob('*.log')).read_text()


def override(cfg, change):
    """Replace entries of a config, by dotted keys."""
    for key, value in change.items():
        if isinstance(value, dict):
            value = dict(value, _delete_=True)
        cfg.merge_from_dict({key: value})


def warns_after(cfg, change, words):
    """Check that a change, and nothing before it, makes a warning."""
    assert words not in log_of(check(cfg))
    cfg.experiment_name += '-changed'
    override(cfg, change)
    assert words in log_of(check(cfg))


def wrapped(shops, wrapper, pipeline):
    """Config of the data sets of some folders inside a wrapper."""
    sets = [
        dict(
            type='mmdmr.CocoPersonSearchDataset',
            data_root=root,
            pipeline=copy.deepcopy(pipeline),
        )
        for root in shops
    ]
    return dict(type=wrapper, datasets=sets)
