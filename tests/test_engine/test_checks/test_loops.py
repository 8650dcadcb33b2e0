"""Loops, schedules and checkpoint hooks."""

import pytest
from training_checks import check, log_of, override, warns_after

from mmdmr.errors import InputError


@pytest.mark.parametrize(
    'change,message',
    [
        (
            {'train_dataloader.sampler': dict(type='InfiniteSampler')},
            'train_dataloader.sampler .*no end',
        ),
        (
            {'val_dataloader.sampler': dict(type='InfiniteSampler')},
            'val_dataloader.sampler .*no end',
        ),
        (
            {
                'train_dataloader.batch_size': 16,
                'train_dataloader.drop_last': True,
                'train_dataloader.batch_sampler': None,
            },
            'train_dataloader gives no batch',
        ),
        ({'default_hooks.param_scheduler': None}, 'param_scheduler, but no'),
    ],
)
def test_overrides_that_lose_a_part(config, change, message):
    override(config, change)
    with pytest.raises(InputError, match=message):
        check(config)


@pytest.mark.parametrize(
    'change,words',
    [
        ({'default_hooks.checkpoint': None}, 'nothing that is learned will'),
        (
            dict(val_cfg=None, val_dataloader=None, val_evaluator=None),
            'waits for a validation, and there is none',
        ),
        (
            {'train_cfg': dict(type='IterBasedTrainLoop', max_iters=9)},
            'set by_epoch=False',
        ),
    ],
)
def test_overrides_that_may_be_meant_are_warned_of(config, change, words):
    warns_after(config, change, words)


def test_a_loop_without_validation_waits_for_nothing(config):
    config.val_cfg = config.val_dataloader = config.val_evaluator = None
    config.default_hooks.checkpoint.save_best = None
    assert 'waits' not in log_of(check(config))
