"""The digest of states."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mmdmr.engine.hooks.trajectory_hook import TrajectoryHook, digest


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


def test_the_line_of_an_iteration(tmp_path):
    """Of the outputs, those that are one number."""
    runner = SimpleNamespace(
        iter=4,
        model=torch.nn.Linear(1, 1),
        optim_wrapper=SimpleNamespace(state_dict=dict),
    )
    batch = dict(
        inputs=torch.ones(1), data_samples=[SimpleNamespace(img_path='a.jpg')]
    )
    outputs = dict(
        loss=torch.tensor(0.5, requires_grad=True), all=torch.ones(2), name='x'
    )
    out = tmp_path / 'steps.jsonl'
    TrajectoryHook(str(out)).after_train_iter(runner, 0, batch, outputs)
    line = json.loads(out.read_text())
    assert line['iter'] == 5 and line['images'] == ['a.jpg']
    assert line['losses'] == {'loss': 0.5}
    assert line['inputs'] == digest(torch.ones(1))
