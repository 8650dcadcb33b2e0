"""A batch is compared with itself."""

import pytest
import torch
from memory_filling import keys_of, put

from mmdmr.models import BatchMemory
from mmdmr.models.memory import ABSENT


def test_batch_memory_without_unlabelled():
    memory = BatchMemory(num_unlabelled=0, feat_channels=4)
    # Identity 0 is a labelled person, too.
    memory.stage(keys_of(1, float('nan'), 2, 3), torch.tensor([-1, 5, 0, 8]))
    bank = memory.bank()
    assert bank.keys[:, 0].tolist() == [1, 0, 2, 3]
    assert bank.ids.tolist() == [ABSENT, ABSENT, 0, 8]
    assert bank.own_rows.tolist() == [-1, -1, 2, 3]


def test_batch_memory_forgets():
    memory = BatchMemory(feat_channels=4)
    assert put(memory, [1, 2], [0, -1]) == 0
    memory.stage(keys_of(3, 4), torch.tensor([7, -1]))
    bank = memory.bank()
    assert bank.keys[:, 0].tolist() == [3, 4]
    assert bank.ids.tolist() == [7, -1] and bank.own_rows.tolist() == [0, 1]
    memory.reset()
    with pytest.raises(RuntimeError, match='stage'):
        memory.bank()
    assert not memory.state_dict()
