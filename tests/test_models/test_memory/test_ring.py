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
    """Random rows of random batches, up to twice as long as the ring."""
    generator = torch.Generator().manual_seed(size)
    ring, slots, pointer, next_id = Ring(size, 1), [None] * size, 0, 0
    times = {}
    for time in range(40):
        num = int(torch.randint(0, 11, (), generator=generator))
        ids = torch.arange(next_id, next_id + num)
        next_id += num
        belongs = torch.rand(num, generator=generator) < 0.6
        after, pointer = write_one_by_one(
            slots, pointer, ids[belongs].tolist()
        )
        kept = [a is not None and a == b for a, b in zip(after, slots)]
        assert ring.kept(belongs).tolist() == kept
        assert ring.fits(belongs).tolist() == [i in after for i in ids]
        ring.write(ids[:, None].float(), ids, belongs, torch.tensor(time))
        times.update(dict.fromkeys(ids.tolist(), time))
        slots = after
        filled = [s for s in slots if s is not None]
        assert ring.pointer == pointer and ring.fill == len(filled)
        assert ring.ids[: len(filled)].tolist() == filled
        assert ring.keys[: len(filled), 0].tolist() == filled
        assert ring.written[: len(filled)].tolist() == [
            times[i] for i in filled
        ]


def test_rows_that_do_not_belong_leave_the_slots_as_they_are():
    ring = Ring(3, 1)
    ring.write(
        torch.ones(2, 1), torch.tensor([5, 6]), torch.ones(2) > 0, ring.fill
    )
    state = {k: v.clone() for k, v in ring.state_dict().items()}
    ring.write(
        torch.zeros(2, 1), torch.tensor([7, 8]), torch.ones(2) < 0, ring.fill
    )
    for name, value in ring.state_dict().items():
        assert torch.equal(value, state[name]), name


def test_without_slots_nothing_is_kept():
    ring, belongs = Ring(0, 1), torch.tensor([True, True])
    ring.write(
        torch.ones(2, 1), torch.tensor([1, 2]), belongs, torch.tensor(0)
    )
    assert not ring.fits(belongs).any() and not len(ring.kept(belongs))
    assert ring.fill == 0
