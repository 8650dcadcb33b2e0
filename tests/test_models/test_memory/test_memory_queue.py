"""The queue, and what a batch is compared with."""

import pytest
import torch
from memory_filling import keys_of, put, stored

from mmdmr.models import MemoryQueue


def test_rings_wrap_first_in_first_out():
    memory = MemoryQueue(3, 2, feat_channels=4)
    put(memory, [1, 2, 3], [10, -1, 11])
    put(memory, [4, 5, 6], [12, 13, -1])
    assert stored(memory.labelled) == [(5, 13), (3, 11), (4, 12)]
    assert stored(memory.unlabelled) == [(2, -1), (6, -1)]
    assert memory.labelled.pointer == 1 and memory.labelled.fill == 3


def test_batch_larger_than_the_ring_keeps_the_newest():
    memory = MemoryQueue(2, 1, feat_channels=4)
    memory.stage(keys_of(1, 2, 3, 4, 5), torch.tensor([7, 8, 9, -1, -1]))
    assert memory.bank().compact().keys[:, 0].tolist() == [2, 3, 5]
    memory.commit()
    # one after the other: 1 and 3 go to slot 0, 2 to slot 1
    assert stored(memory.labelled) == [(3, 9), (2, 8)]
    assert memory.labelled.pointer == 1
    assert stored(memory.unlabelled) == [(5, -1)]


@pytest.mark.parametrize('num_unlabelled', [0, 3])
def test_bank_shows_what_the_commit_will_leave(num_unlabelled):
    generator = torch.Generator().manual_seed(0)
    memory = MemoryQueue(5, num_unlabelled, feat_channels=4)
    for _ in range(12):
        num = int(torch.randint(0, 8, (), generator=generator))
        ids = torch.randint(-1, 4, (num,), generator=generator)
        memory.stage(torch.rand(num, 4, generator=generator), ids)
        before = {tuple(k.tolist()) for k in memory.bank().compact().keys}
        memory.commit()
        after = {
            tuple(k.tolist())
            for ring in (memory.labelled, memory.unlabelled)
            for k in ring.keys[: int(ring.fill)]
        }
        assert before == after


def test_empty_slots_are_left_out():
    memory = MemoryQueue(8, 8, feat_channels=4)
    memory.stage(keys_of(1, 2), torch.tensor([0, -1]))
    assert memory.bank().compact().ids.tolist() == [0, -1]


def test_statistics_by_hand():
    memory = MemoryQueue(4, 2, feat_channels=4)
    put(memory, [1, 2], [0, 1])
    put(memory, [3, 4], [0, -1])
    # keys 1 and 2 are one iteration old, key 3 is new and meets key 1
    assert memory.statistics() == dict(
        fill=3, unlabelled_fill=1, age=pytest.approx(2 / 3), positives=2
    )


def test_reset_and_reload():
    memory = MemoryQueue(3, 1, feat_channels=4)
    put(memory, [1, 2, 3, 4], [0, 1, 2, 3])
    other = MemoryQueue(3, 1, feat_channels=4)
    other.load_state_dict(memory.state_dict())
    put(memory, [5], [4])
    put(other, [5], [4])
    assert stored(other.labelled) == stored(memory.labelled)
    other.reset()
    assert other.statistics() == dict(
        fill=0, unlabelled_fill=0, age=0, positives=0
    )


def test_slots_are_not_copied():
    memory = MemoryQueue(3, 2, feat_channels=4)
    memory.stage(keys_of(1), torch.tensor([0]))
    _, labelled, unlabelled = memory.bank().blocks
    assert labelled is memory.labelled.keys
    assert unlabelled is memory.unlabelled.keys


@pytest.mark.parametrize('sizes', [(0, 0), (4, -1)])
def test_sizes_out_of_range(sizes):
    with pytest.raises(ValueError, match='num_labelled'):
        MemoryQueue(*sizes)


def test_own_rows_are_found_whatever_fits():
    """Of 3 labelled keys 2 fit, of 2 unlabelled 1; one key is refused."""
    memory = MemoryQueue(2, 1, feat_channels=4)
    put(memory, [8, 9], [5, -1])
    memory.stage(
        keys_of(1, 2, float('nan'), 3, 4, 5),
        torch.tensor([0, -1, 0, 1, 2, -1]),
    )
    bank = memory.bank()
    assert bank.own_rows.tolist() == [-1, -1, -1, 3, 4, 5]
    # The same keys are found once the absent rows are cut out.
    bank = bank.compact()
    rows = bank.own_rows.tolist()
    assert [bank.keys[r, 0].item() if r >= 0 else None for r in rows] == [
        None,
        None,
        None,
        3,
        4,
        5,
    ]
