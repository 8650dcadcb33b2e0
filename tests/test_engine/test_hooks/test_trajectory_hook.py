"""The digest of states."""

import numpy as np
import pytest
import torch

from mmdmr.engine.hooks.trajectory_hook import digest


@pytest.mark.parametrize(
    'one,two',
    [
        (torch.ones(2), torch.ones(2, 1)),
        (torch.ones(2), torch.ones(2).double()),
        (torch.zeros(2), torch.tensor([0.0, -0.0])),
        ({'a': 1}, {'a': 2}),
        ({'a': 1}, {'b': 1}),
        ([1, [2]], [[1], 2]),
        (np.ones(3), np.zeros(3)),
        (None, 0),
        (torch.ones(3, dtype=torch.bfloat16), torch.ones(3).half()),
    ],
)
def test_different_contents_differ(one, two):
    assert digest(one) == digest(one)
    assert digest(one) != digest(two)


def test_the_memory_format_does_not_matter():
    maps = torch.arange(24.0).reshape(1, 2, 3, 4)
    last = maps.contiguous(memory_format=torch.channels_last)
    assert digest(maps) == digest(last)
    assert digest(maps) == digest(maps.clone().requires_grad_())
    assert digest(torch.zeros(())) == digest(torch.zeros(()))
