"""Every memory and every key encoder needs its hook."""

import pytest
from training_checks import check, warns_after

from mmdmr.errors import InputError


@pytest.mark.parametrize('hooks', [None, [], [dict(type='EMAHook')]])
def test_lost_hooks(config, hooks):
    config.custom_hooks = hooks
    with pytest.raises(InputError, match='MemoryQueueHook.*EMAEncoderHook'):
        check(config)


def test_a_large_momentum_is_warned_of(config):
    change = {'model.key_encoder.momentum': 0.999}
    warns_after(config, change, '0.999 is 0.001 here')
