"""Half precision by device."""

from types import SimpleNamespace

import pytest
import torch

from mmdmr.engine import half_precision
from mmdmr.engine.half_precision import use_half_precision


@pytest.fixture
def on(monkeypatch):
    def choose(device):
        monkeypatch.setattr(half_precision, 'get_device', lambda: device)
        return SimpleNamespace(fp16=False)

    return choose


def test_a_processor_takes_bfloat16(on):
    loop = on('cpu')
    use_half_precision(loop, 'bfloat16')
    assert loop.fp16
    with pytest.raises(ValueError, match='no float16.*take bfloat16'):
        use_half_precision(loop, 'float16')


def test_a_gpu_takes_both(on, monkeypatch):
    chosen = []
    monkeypatch.setattr(torch.cuda, 'is_bf16_supported', lambda: True)
    monkeypatch.setattr(
        torch, 'set_autocast_dtype', lambda *given: chosen.append(given)
    )
    for name in ('float16', 'bfloat16'):
        loop = on('cuda')
        use_half_precision(loop, name)
        assert loop.fp16
    assert chosen == [('cuda', torch.float16), ('cuda', torch.bfloat16)]
    monkeypatch.setattr(torch.cuda, 'is_bf16_supported', lambda: False)
    with pytest.raises(ValueError, match='no bfloat16: take float16'):
        use_half_precision(on('cuda'), 'bfloat16')


def test_other_devices_and_loops_are_refused(on):
    with pytest.raises(ValueError, match='not mps'):
        use_half_precision(on('mps'), 'bfloat16')
    on('cpu')
    with pytest.raises(ValueError, match='not a SimpleNamespace'):
        use_half_precision(SimpleNamespace(), 'bfloat16')
