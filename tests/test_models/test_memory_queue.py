import pytest
import torch
import torch.multiprocessing as mp
from memory_filling import fill_on_rank, keys_of, put, stored

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
    assert memory.bank().keys[:, 0].tolist() == [2, 3, 5]
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
        before = {tuple(k.tolist()) for k in memory.bank().keys}
        memory.commit()
        after = {
            tuple(k.tolist())
            for ring in (memory.labelled, memory.unlabelled)
            for k in ring.keys[: int(ring.fill)]
        }
        assert before == after


def test_bank_leaves_no_lasting_trace():
    memory = MemoryQueue(3, 2, feat_channels=4)
    put(memory, [1, 2], [0, -1])
    state = {k: v.clone() for k, v in memory.state_dict().items()}
    memory.stage(keys_of(3, 4), torch.tensor([0, -1]))
    memory.bank()
    for name, value in memory.state_dict().items():
        assert torch.equal(value, state[name]), name


def test_empty_slots_are_left_out():
    memory = MemoryQueue(8, 8, feat_channels=4)
    memory.stage(keys_of(1, 2), torch.tensor([0, -1]))
    assert memory.bank().ids.tolist() == [0, -1]


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


@pytest.mark.parametrize('sizes', [(0, 0), (4, -1)])
def test_sizes_out_of_range(sizes):
    with pytest.raises(ValueError, match='num_labelled'):
        MemoryQueue(*sizes)


def test_two_ranks_hold_the_same_memory(tmp_path):
    mp.spawn(fill_on_rank, args=(tmp_path / 'init', tmp_path), nprocs=2)
    expected = [(1, 0), (3, 1), (4, 5), (0, -1)], [(2, -1), (0, -1)]
    for rank in range(2):
        assert torch.load(tmp_path / f'{rank}.pt') == expected
