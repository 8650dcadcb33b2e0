"""Gathering keys of ranks that have different numbers of them."""

import pytest
import torch
from thread_ranks import on_ranks

from mmdmr.models.memory.gather import gather_keys

TYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


def keys_of(num, dtype, seed):
    """Keys of an odd length, and identities that no float can hold."""
    generator = torch.Generator().manual_seed(seed)
    keys = torch.randn(num, 3, generator=generator).to(dtype)
    return keys, torch.arange(num) * 7 + 2**53 + seed


def gather(monkeypatch, nums, dtype, capacity):
    """What each rank finds, what it should find, and the collectives."""
    inputs = [keys_of(num, dtype, seed) for seed, num in enumerate(nums)]
    found, collectives = on_ranks(
        monkeypatch, gather_keys, [(*each, capacity) for each in inputs]
    )
    keys, ids = (torch.cat(parts) for parts in zip(*inputs))
    for rank, gathered in enumerate(found):
        assert gathered.keys.dtype == dtype
        assert torch.equal(gathered.keys, keys)
        assert torch.equal(gathered.ids, ids)
        assert gathered.first == sum(nums[:rank])
    return [gathered.capacity for gathered in found], collectives


def test_a_single_rank_gets_its_own_keys():
    keys, ids = torch.ones(2, 3), torch.tensor([0, 1])
    gathered = gather_keys(keys, ids, 8)
    assert gathered.keys is keys and gathered.ids is ids
    assert gathered.first == 0


@pytest.mark.parametrize('dtype', TYPES)
@pytest.mark.parametrize('nums', [(2, 0, 1), (0, 0, 0), (0, 1, 0)])
def test_keys_come_in_rank_order_by_one_collective(monkeypatch, nums, dtype):
    assert gather(monkeypatch, nums, dtype, 4) == ([4] * 3, 1)


@pytest.mark.parametrize('num, capacity', [(4, 4), (5, 8), (8, 8), (9, 16)])
def test_capacity_grows_to_a_power_of_two(monkeypatch, num, capacity):
    capacities, collectives = gather(monkeypatch, (num, 1), torch.float32, 4)
    assert capacities == [capacity] * 2
    assert collectives == (1 if capacity == 4 else 2)


def test_rows_of_a_slice():
    """Keys that lie apart in storage, on a single rank and packed."""
    keys = torch.arange(12.0).reshape(3, 4)[:, ::2]
    assert gather_keys(keys, torch.arange(3), 4).keys is keys


def test_packing_keys_that_lie_apart(monkeypatch):
    keys, ids = torch.arange(12.0).reshape(4, 3).T, torch.arange(6)[::2]
    (found, _), _ = on_ranks(
        monkeypatch, gather_keys, [(keys, ids, 4), (keys[:0], ids[:0], 4)]
    )
    assert torch.equal(found.keys, keys) and torch.equal(found.ids, ids)
