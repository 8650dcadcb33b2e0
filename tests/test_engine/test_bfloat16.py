"""Training in bfloat16 without a GPU."""

import pytest
import torch
from torch import nn

from mmdmr.engine.bfloat16 import Bfloat16OptimWrapper, has_fast_bfloat16
from mmdmr.registry import OPTIM_WRAPPERS


@pytest.fixture(autouse=True)
def on_cpu(monkeypatch):
    monkeypatch.setattr('mmengine.runner.amp.get_device', lambda: 'cpu')


def test_the_pass_is_in_bfloat16_and_all_that_stays_in_float32():
    layer = nn.Linear(4, 3)
    before = layer.weight.detach().clone()
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1, momentum=0.9)
    wrapper = OPTIM_WRAPPERS.build(
        dict(type='mmdmr.Bfloat16OptimWrapper', optimizer=optimizer)
    )
    assert type(wrapper) is Bfloat16OptimWrapper
    with wrapper.optim_context(layer):
        output = layer(torch.ones(2, 4))
    assert output.dtype == torch.bfloat16
    assert layer(torch.ones(2, 4)).dtype == torch.float32
    wrapper.update_params(output.float().sum())
    # The gradient of the sum is 2 everywhere, without rounding.
    assert torch.equal(layer.weight, before - 0.1 * 2)
    state = wrapper.state_dict()['state'][0]['momentum_buffer']
    assert state.dtype == torch.float32


def test_gradients_are_accumulated():
    layer = nn.Linear(2, 1, bias=False)
    wrapper = Bfloat16OptimWrapper(
        torch.optim.SGD(layer.parameters(), lr=1.0), accumulative_counts=2
    )
    before = layer.weight.detach().clone()
    for moved in (0, 1):
        with wrapper.optim_context(layer):
            output = layer(torch.ones(1, 2))
        wrapper.update_params(output.sum())
        assert torch.allclose(layer.weight, before - moved)


@pytest.mark.parametrize(
    'line, fast',
    [
        ('flags\t\t: fpu avx512f avx512_bf16 avx512vbmi', True),
        ('flags\t\t: fpu amx_bf16 amx_tile', True),
        ('Features\t: fp asimd bf16 i8mm', True),
        ('flags\t\t: fpu avx2 avx512f avx512_vnni', False),
    ],
)
def test_the_list_of_the_cpu_tells_of_instructions(line, fast, tmp_path):
    (tmp_path / 'cpuinfo').write_text(f'processor : 0\n{line}\nbugs : none\n')
    assert has_fast_bfloat16(tmp_path / 'cpuinfo') is fast


def test_no_list_means_no_instructions(tmp_path):
    assert not has_fast_bfloat16(tmp_path / 'cpuinfo')
