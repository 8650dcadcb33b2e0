"""Blocks of keys, and rows that take no part."""

import torch
from memory_filling import keys_of

from mmdmr.models.memory import ABSENT, Bank


def values(bank):
    return (
        bank.keys[:, 0].tolist(),
        bank.ids.tolist(),
        bank.own_rows.tolist(),
    )


def test_compact_cuts_out_absent_rows():
    ids = torch.tensor([7, ABSENT, -1, ABSENT, 8, 7])
    bank = Bank(
        (keys_of(1, 2), keys_of(3, 4, 5, 6)),
        ids,
        torch.tensor([4, -1, 0]),
        one_key_per_id=True,
    )
    compact = bank.compact()
    assert values(compact) == ([1, 3, 5, 6], [7, -1, 8, 7], [2, -1, 0])
    assert compact.one_key_per_id and len(compact.blocks) == 1
    assert values(compact.compact()) == values(compact)


def test_blocks_of_several_types_are_widened():
    bank = Bank(
        (keys_of(1).half(), keys_of(2)),
        torch.tensor([0, 1]),
        torch.tensor([0]),
    )
    assert bank.keys.dtype == torch.float32
