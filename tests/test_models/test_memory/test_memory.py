"""Staging and committing, on one rank and on two."""

import pytest
import torch
import torch.multiprocessing as mp
from memory_filling import fill_on_rank, keys_of, put, stored

from mmdmr.models import MemoryQueue


def test_bank_leaves_no_lasting_trace():
    memory = MemoryQueue(3, 2, feat_channels=4)
    put(memory, [1, 2], [0, -1])
    state = {k: v.clone() for k, v in memory.state_dict().items()}
    memory.stage(keys_of(3, 4), torch.tensor([0, -1]))
    memory.bank()
    for name, value in memory.state_dict().items():
        assert torch.equal(value, state[name]), name


def test_forgotten_commit_names_the_hook():
    memory = MemoryQueue(3, feat_channels=4)
    memory.stage(keys_of(1), torch.tensor([0]))
    with pytest.raises(RuntimeError, match='MemoryQueueHook'):
        memory.stage(keys_of(1), torch.tensor([0]))


def test_non_finite_keys_are_refused_and_counted():
    memory = MemoryQueue(3, feat_channels=4)
    assert put(memory, [1, float('nan'), float('inf')], [0, 1, 2]) == 2
    assert stored(memory.labelled)[0] == (1, 0) and memory.labelled.fill == 1
    assert put(memory, [2], [0]) == 0


@pytest.fixture(scope='module')
def ranks(tmp_path_factory):
    """What each of two ranks saved."""
    folder = tmp_path_factory.mktemp('ranks')
    mp.spawn(fill_on_rank, args=(folder / 'init', folder), nprocs=2)
    return [torch.load(folder / f'{rank}.pt') for rank in range(2)]


def test_two_ranks_hold_the_same_memory(ranks):
    expected = [(1, 0), (3, 1), (4, 5), (0, -1)], [(2, -1), (0, -1)]
    for *rings, _ in ranks:
        assert tuple(rings) == expected


def test_the_index_spaces_are_as_drawn(ranks):
    keys, ids = [1, 4, 9, 5], [7, 9, 6, -1]  # a, d, y, e
    assert ranks[0][2] == (keys, ids, [0, -1, -1])
    assert ranks[1][2] == (keys, ids, [1, 3])
