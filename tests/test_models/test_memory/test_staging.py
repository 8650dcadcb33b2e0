"""Keys of an iteration: refused keys, and rows of this rank."""

import pytest
import torch
from memory_filling import keys_of

from mmdmr.models.memory import ABSENT
from mmdmr.models.memory.staging import staged_keys


@pytest.mark.parametrize('bad', [float('nan'), float('inf'), -float('inf')])
def test_refused_keys_are_zero_and_absent(bad):
    keys = keys_of(1, 2, 3).clone()
    keys[1, 2] = bad
    staged = staged_keys(keys, torch.tensor([7, 8, -5]), 0, 3)
    assert staged.keys[:, 0].tolist() == [1, 0, 3]
    assert not staged.keys[1].any()
    assert staged.ids.tolist() == [7, ABSENT, -1]


def test_own_rows_are_those_of_this_rank():
    staged = staged_keys(keys_of(1, 2, 3, 4, 5), torch.arange(5), 1, 3)
    takes_part = torch.tensor([True, True, False, True, False])
    assert staged.own_rows(takes_part).tolist() == [1, -1, 3]


def test_without_keys():
    staged = staged_keys(torch.zeros(0, 4), torch.zeros(0).long(), 0, 0)
    assert staged.keys.shape == (0, 4)
    assert staged.own_rows(staged.ids > 0).shape == (0,)
