"""Every memory and every key encoder needs its hook."""

import pytest
from toy_contrast import Contrast, make_runner
from training_checks import check, warns_after

from mmdmr.errors import InputError
from mmdmr.models import MemoryQueue


@pytest.mark.parametrize('hooks', [None, [], [dict(type='EMAHook')]])
def test_lost_hooks(config, hooks):
    config.custom_hooks = hooks
    with pytest.raises(InputError, match='MemoryQueueHook.*EMAEncoderHook'):
        check(config)


def test_a_large_momentum_is_warned_of(config):
    change = {'model.key_encoder.momentum': 0.999}
    warns_after(config, change, '0.999 is 0.001 here')


@pytest.mark.parametrize(
    'hooks,message',
    [
        (
            ['mmdmr.EMAEncoderHook'],
            r"memory of Contrast.*dict\(type='mmdmr.MemoryQueueHook'\)",
        ),
        (
            ['mmdmr.MemoryQueueHook'],
            r"key_encoder of Contrast.*dict\(type='mmdmr.EMAEncoderHook'\)",
        ),
        (
            ['mmdmr.EMAEncoderHook'] * 2 + ['mmdmr.MemoryQueueHook'],
            '2 EMAEncoderHook for key_encoder',
        ),
        (
            [
                dict(type='mmdmr.EMAEncoderHook', source='key_encoder'),
                'mmdmr.MemoryQueueHook',
            ],
            'this part is itself',
        ),
        (
            [
                dict(type='mmdmr.EMAEncoderHook', source='encoder'),
                'mmdmr.MemoryQueueHook',
            ],
            'follows encoder, which Linear has not',
        ),
    ],
)
def test_lost_and_wrong_hooks_are_said_before_training(
    tmp_path, hooks, message
):
    runner = make_runner(tmp_path / 'toy', hooks=hooks)
    with pytest.raises(ValueError, match=message):
        runner.train()
    assert runner.iter == 0


def test_other_paths_are_named_with_the_hook(tmp_path):
    model = Contrast()
    model.second = MemoryQueue(num_labelled=4, feat_channels=4)
    runner = make_runner(tmp_path / 'toy', model=model)
    with pytest.raises(ValueError, match="MemoryQueueHook', memory='second'"):
        runner.train()
