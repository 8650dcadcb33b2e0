"""What every training gets, whatever its config."""

import pytest
from mmengine.config import Config
from toy_contrast import make_runner

from mmdmr.config import add_guards, load_config, own_configs


def config(**entries):
    return Config(dict(train_dataloader=dict(batch_size=4), **entries))


def test_a_plain_config_gets_all_guards():
    cfg = config()
    add_guards(cfg)
    types = {name: hook.type for name, hook in cfg.default_hooks.items()}
    assert types['checkpoint'] == 'mmdmr.AtomicCheckpointHook'
    assert types['exact_resume'] == 'mmdmr.ExactResumeHook'
    assert types['preemption'] == 'mmdmr.PreemptionHook'
    assert cfg.train_dataloader.batch_sampler == dict(
        type='mmdmr.SeededBatchSampler', batch_sampler=None, drop_last=False
    )


def test_hooks_of_the_config_stay():
    mine = dict(type='MyCheckpointHook', interval=3)
    cfg = config(default_hooks=dict(checkpoint=mine))
    add_guards(cfg)
    assert cfg.default_hooks.checkpoint == mine


def test_none_switches_a_hook_off(tmp_path):
    """MMEngine takes None for the names of its own default hooks only."""
    cfg = config(default_hooks=dict(checkpoint=None, preemption=None))
    add_guards(cfg)
    assert cfg.default_hooks.checkpoint is None
    hooks = dict(cfg.default_hooks)
    runner = make_runner(tmp_path / 'run', default_hooks=hooks)
    types = {type(hook).__name__ for hook in runner.hooks}
    assert 'ExactResumeHook' in types
    assert not types & {'PreemptionHook', 'CheckpointHook'}


@pytest.mark.parametrize('more', [{}, dict(type='mmengine.CheckpointHook')])
def test_the_hook_of_mmengine_is_replaced(more):
    cfg = config(default_hooks=dict(checkpoint=dict(interval=3, **more)))
    add_guards(cfg)
    assert cfg.default_hooks.checkpoint == dict(
        type='mmdmr.AtomicCheckpointHook', interval=3
    )


def test_batches_are_made_as_before():
    inner = dict(type='AspectRatioBatchSampler', drop_last=True)
    cfg = Config(
        dict(train_dataloader=dict(batch_size=4, batch_sampler=inner))
    )
    add_guards(cfg)
    seeded = cfg.train_dataloader.batch_sampler
    assert seeded.type == 'mmdmr.SeededBatchSampler'
    assert seeded.batch_sampler == inner
    add_guards(cfg)
    assert cfg.train_dataloader.batch_sampler == seeded
    cfg = Config(dict(train_dataloader=dict(batch_size=4, drop_last=True)))
    add_guards(cfg)
    assert cfg.train_dataloader.batch_sampler.drop_last is True
    assert 'drop_last' not in cfg.train_dataloader


def test_the_configs_of_this_package_have_all_guards():
    """So they have the guards in MMDetection's own tools, too."""
    # Other backbones need packages that are not installed here.
    names = [n for n in own_configs() if n.startswith('dmrnet_faster-rcnn_r')]
    assert len(names) > 4
    for name in names:
        cfg = load_config(name)
        before = cfg.to_dict()
        add_guards(cfg)
        assert cfg.to_dict() == before
