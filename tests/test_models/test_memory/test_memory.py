"""Staging and committing, on one rank and on two."""

import pytest
import torch
from memory_filling import fill_on_rank, keys_of, put, stored
from mmengine import dist
from rank_processes import on_processes
from thread_ranks import on_ranks

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
    """What each of two ranks finds."""
    return on_processes(2, tmp_path_factory.mktemp('ranks'), fill_on_rank)


def test_two_ranks_hold_the_same_memory(ranks):
    expected = [(1, 0), (3, 1), (4, 5), (0, -1)], [(2, -1), (0, -1)]
    for *rings, _ in ranks:
        assert tuple(rings) == expected


def test_the_rows_are_as_drawn(ranks):
    keys = [1, 2, 0, 4, 5, 8, 9, 0, 0]  # a, b, c refused, d, e; x, y, empty
    ids = [7, -2, -2, 9, -1, -2, 6, -2, -2]
    assert ranks[0][2] == (keys, ids, [0, -1, -1])
    assert ranks[1][2] == (keys, ids, [3, 4])


def test_capacity_grows_with_the_batch(monkeypatch):
    """Rank 1 once stages more keys than fit: all ranks gather again."""

    def train():
        memory = MemoryQueue(64, feat_channels=4)
        for num in (3, 3, 40 if dist.get_rank() else 1, 3):
            put(memory, range(num), range(num))
        return memory

    memories, collectives = on_ranks(monkeypatch, train, [()] * 2)
    assert collectives == 1 + 1 + 2 + 1
    for memory in memories:
        assert memory.labelled.fill == 6 + 6 + 41 + 6
        assert stored(memory.labelled) == stored(memories[0].labelled)


def test_commit_without_staged_keys():
    memory = MemoryQueue(3, feat_channels=4)
    assert memory.commit() == 0 and memory.commits == 0


def test_any_negative_identity_is_unlabelled():
    """-2 means a row that takes no part, but not to the user."""
    memory = MemoryQueue(2, 2, feat_channels=4)
    assert put(memory, [1, 2], [-2, -7]) == 0
    assert stored(memory.unlabelled) == [(1, -1), (2, -1)]
