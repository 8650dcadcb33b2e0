"""Gathering rows of ranks that have different numbers of them."""

import torch
from mmengine import dist

from mmdmr.models.memory.gather import gather_ragged


def test_a_single_rank_gets_its_own_rows():
    rows = torch.ones(2, 3)
    assert gather_ragged(rows) is rows


def test_rows_come_in_rank_order_without_padding(monkeypatch):
    """Rank 0 has two rows, rank 1 none, rank 2, this one, has one."""
    here = torch.tensor([[5.0, 6]])
    others = [
        [torch.tensor([2]), torch.tensor([0])],
        [torch.tensor([[1.0, 2], [3, 4]]), torch.zeros(2, 2)],
    ]

    def all_gather(value):
        parts = [*others.pop(0), value]
        assert len({part.shape for part in parts}) == 1
        return parts

    monkeypatch.setattr(dist, 'get_world_size', lambda: 3)
    monkeypatch.setattr(dist, 'all_gather', all_gather)
    assert gather_ragged(here).tolist() == [[1, 2], [3, 4], [5, 6]]
