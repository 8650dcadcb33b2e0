"""The ring, beside a list that writes one key after the other."""

import pytest
import torch

from mmdmr.models.memory.ring import Ring


def write_one_by_one(slots, pointer, ids):
    """Where keys are after they were written; slots start as None."""
    slots = list(slots)
    for i in ids:
        slots[pointer] = i
        pointer = (pointer + 1) % len(slots)
    return slots, pointer


@pytest.mark.parametrize('size', [1, 3, 5])
def test_equals_a_list(size):
    generator = torch.Generator().manual_seed(size)
    ring, slots, pointer, next_id = Ring(size, 1), [None] * size, 0, 0
    for time in range(20):
        num = int(torch.randint(0, 8, (), generator=generator))
        ids = list(range(next_id, next_id + num))
        next_id += num
        after, pointer = write_one_by_one(slots, pointer, ids)
        kept = [a is not None and a == b for a, b in zip(after, slots)]
        assert ring.kept(num).tolist() == kept
        written = [after[slot] for slot in ring.slots(num).tolist()]
        assert written == ring.newest(torch.tensor(ids)).tolist()
        keys = torch.tensor(ids, dtype=torch.float).reshape(-1, 1)
        ring.write(keys, torch.tensor(ids).long(), torch.tensor(time))
        slots = after
        assert ring.pointer == pointer
        assert ring.fill == size - slots.count(None)
        filled = ring.ids >= 0
        assert ring.ids[filled].tolist() == [s for s in slots if s is not None]
        assert torch.equal(ring.keys[filled, 0], ring.ids[filled].float())


def test_without_slots_nothing_is_kept():
    ring = Ring(0, 1)
    ring.write(torch.ones(2, 1), torch.tensor([1, 2]), torch.tensor(0))
    assert not len(ring.slots(2)) and not len(ring.kept(2))
    assert not len(ring.newest(torch.ones(2, 1))) and ring.fill == 0
