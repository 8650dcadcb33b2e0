"""Unusual batches and numbers, through every loss with every memory.

The package computes beside lists and loops (``plain_memories``).
"""

import pytest
import torch
from memory_filling import unit
from plain_memories import PlainQueue, PlainTable

from mmdmr.models import (
    BatchMemory,
    MemoryQueue,
    OIMLoss,
    OIMTable,
    PairLoss,
    UnlabelledContrastiveLoss,
)

NUM_IDS, LENGTH = 5, 8
#: Slots for labelled and for unlabelled keys.
SLOTS = 4, 2


def methods(scale=16.0):
    """Memory, loss, and both in plain lists."""
    unlabelled = UnlabelledContrastiveLoss(scale)
    return {
        'pair, queue': (
            MemoryQueue(*SLOTS, LENGTH),
            PairLoss(scale),
            PlainQueue(SLOTS, scale),
        ),
        'pair, batch': (
            BatchMemory(),
            PairLoss(scale),
            PlainQueue(None, scale),
        ),
        'unlabelled, queue': (
            MemoryQueue(*SLOTS, LENGTH),
            unlabelled,
            PlainQueue(SLOTS, scale, unlabelled=True),
        ),
        'unlabelled, batch': (
            BatchMemory(),
            unlabelled,
            PlainQueue(None, scale, unlabelled=True),
        ),
        'oim, table': (
            OIMTable(NUM_IDS, SLOTS[1], feat_channels=LENGTH),
            OIMLoss(scale),
            PlainTable(NUM_IDS, SLOTS[1], LENGTH, scale),
        ),
    }


METHODS = [*methods()]
#: Identities of batches, each after a batch of other persons.
BATCHES = {
    'no labelled person': [-1, -1],
    'no person': [],
    'one labelled person': [3],
    'one unlabelled person': [-1],
    'more than the queue holds': [0, 1, 2, 0, 3, 1, 0, -1, -1, -1],
    'ids out of range': [2**62, -2, 0, NUM_IDS, -(2**62), 2**62],
}


def content(memory):
    """Keys and identities of a memory, the oldest key of a ring first."""
    if isinstance(memory, BatchMemory):
        return []
    table = getattr(memory, 'table', None)
    rows = [] if table is None else [*zip(table, range(len(table)))]
    for name in ('labelled', 'unlabelled'):
        ring = getattr(memory, name, None)
        if ring is not None:
            # The pointer's slot is the oldest one, or an empty one.
            start, size = int(ring.pointer), ring.size
            slots = [(start + i) % size for i in range(size)]
            # Empty slots of OIM take part, those of a queue do not.
            if table is None:
                slots = slots[size - int(ring.fill) :]
            rows += [(ring.keys[i], int(ring.ids[i])) for i in slots]
    return rows


def check_content(memory, plain):
    found, expected = content(memory), plain.stored()
    assert [person for _, person in found] == [p for _, p in expected]
    for (key, _), (wanted, _) in zip(found, expected):
        torch.testing.assert_close(key, wanted.to(key.dtype))


def step(memory, loss_of, query, ids, keys):
    memory.stage(keys, torch.tensor(ids, dtype=torch.long))
    loss = loss_of(query, torch.tensor(ids, dtype=torch.long), memory.bank())
    loss.backward()
    return loss, int(memory.commit())


def fill(memory, loss_of, plain):
    """Three batches before; the second is of unlabelled persons alone."""
    for seed, ids in ((10, [0, 1, -1]), (11, [-1]), (12, [2, 0])):
        query = unit(len(ids), LENGTH, seed=seed).requires_grad_()
        keys = unit(len(ids), LENGTH, seed=seed + 10)
        step(memory, loss_of, query, ids, keys)
        plain.step(query.detach(), ids, keys)


@pytest.mark.parametrize('is_filled', [False, True], ids=['empty', 'filled'])
@pytest.mark.parametrize('ids', BATCHES.values(), ids=BATCHES)
@pytest.mark.parametrize('method', METHODS)
def test_batches_of_any_kind(method, ids, is_filled):
    """Loss, gradient and memory equal those of plain loops; without a person
    that has a loss the loss is a zero with a graph.
    """
    memory, loss_of, plain = methods()[method]
    memory.double()
    if is_filled:
        fill(memory, loss_of, plain)
    query = unit(len(ids), LENGTH, seed=1).requires_grad_()
    twin = query.detach().clone().requires_grad_()
    keys = unit(len(ids), LENGTH, seed=2)
    loss, refused = step(memory, loss_of, query, ids, keys)
    expected = plain.step(twin, ids, keys)
    expected.backward()
    torch.testing.assert_close(loss, expected, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(query.grad, twin.grad, rtol=1e-8, atol=1e-12)
    assert loss.isfinite() and query.grad.isfinite().all()
    assert refused == 0
    check_content(memory, plain)


BAD = [float('nan'), float('inf'), float('-inf')]


@pytest.mark.parametrize('bad', BAD)
@pytest.mark.parametrize('method', METHODS)
def test_keys_that_are_not_finite_never_enter(method, bad):
    """A batch with such keys is compared and stored as if it lacked them."""
    memory, loss_of, plain = methods()[method]
    memory.double()
    fill(memory, loss_of, plain)
    ids = [3, 0, -1, 1, -1]
    keys = unit(5, LENGTH, seed=2)
    keys[[1, 4], 3] = bad
    query = unit(5, LENGTH, seed=1).requires_grad_()
    loss, refused = step(memory, loss_of, query, ids, keys)
    expected = plain.step(query.detach(), ids, keys)
    torch.testing.assert_close(loss, expected, rtol=1e-10, atol=1e-12)
    assert refused == 2 and query.grad.isfinite().all()
    assert all(value.isfinite().all() for value in memory.buffers())
    check_content(memory, plain)


@pytest.mark.parametrize('with_key', [True, False])
@pytest.mark.parametrize('bad', BAD)
@pytest.mark.parametrize('method', METHODS)
def test_a_broken_embedding_never_goes_unnoticed(method, bad, with_key):
    """Not even if the embedding is the key, and nothing is left to compare."""
    memory, loss_of, plain = methods()[method]
    memory.double()
    fill(memory, loss_of, plain)
    person = -1 if method.startswith('unlabelled') else 4
    ids = [0, person, -1]
    query = unit(3, LENGTH, seed=1)
    query[1, 2] = bad
    keys = unit(3, LENGTH, seed=2) if with_key else query.clone()
    loss, refused = step(memory, loss_of, query.requires_grad_(), ids, keys)
    assert loss.isnan()
    assert refused == (0 if with_key else 1)
    assert all(value.isfinite().all() for value in memory.buffers())
    # The next batch is as good as any other.
    query = unit(2, LENGTH, seed=3).requires_grad_()
    loss, _ = step(memory, loss_of, query, [0, -1], unit(2, LENGTH, seed=4))
    assert loss.isfinite() and query.grad.isfinite().all()


@pytest.mark.parametrize('bad', BAD)
@pytest.mark.parametrize('method', METHODS)
def test_a_person_without_loss_does_not_break_that_of_others(method, bad):
    memory, loss_of, plain = methods()[method]
    memory.double()
    fill(memory, loss_of, plain)
    ids = [0, -1, -1] if not method.startswith('unlabelled') else [-1, 0, 1]
    query = unit(3, LENGTH, seed=1)
    keys = unit(3, LENGTH, seed=2)
    expected = plain.step(query, ids, keys)
    query[1, 2] = bad
    loss, _ = step(memory, loss_of, query.requires_grad_(), ids, keys)
    torch.testing.assert_close(loss, expected, rtol=1e-10, atol=1e-12)
    assert query.grad.isfinite().all() and not query.grad[1].any()


HALF = [torch.float16, torch.bfloat16]


@pytest.mark.parametrize('scale', [16.0, 256.0])
@pytest.mark.parametrize('dtype', HALF, ids=str)
@pytest.mark.parametrize('method', METHODS)
def test_half_precision_is_computed_in_float32(method, dtype, scale):
    """Losses as of the same numbers in float64. With a scale of 256, the
    exponentials of a batch overflow in all three precisions.
    """
    memory, loss_of, plain = methods(scale)[method]
    fill(memory, loss_of, plain)
    for seed, ids in enumerate(BATCHES.values()):
        query = unit(len(ids), LENGTH, seed=seed).to(dtype).requires_grad_()
        keys = unit(len(ids), LENGTH, seed=20 + seed).to(dtype)
        loss, refused = step(memory, loss_of, query, ids, keys)
        twin = query.detach().double().requires_grad_()
        expected = plain.step(twin, ids, keys.double())
        expected.backward()
        assert loss.dtype == torch.float32 and query.grad.dtype == dtype
        torch.testing.assert_close(
            loss.double(), expected, rtol=1e-5, atol=1e-5
        )
        # The gradient is rounded to the precision of the embeddings.
        torch.testing.assert_close(
            query.grad.double(),
            twin.grad,
            rtol=2 * torch.finfo(dtype).eps,
            atol=1e-4,
        )
        assert refused == 0
    check_content(memory, plain)


@pytest.mark.parametrize('dtype', HALF, ids=str)
@pytest.mark.parametrize('method', ['pair, queue', 'oim, table'])
def test_a_memory_in_half_precision(method, dtype):
    """Keys are compared as they are stored: rounded, or refused if they are
    too large for the precision.
    """
    memory, loss_of, plain = methods()[method]
    memory.to(dtype)
    ids = [0, 1, -1, 2]
    keys = unit(4, LENGTH, seed=2).float()
    keys[3, 0] = 1e5
    query = unit(4, LENGTH, seed=1).float().requires_grad_()
    rounded = keys.to(dtype).double()
    large = not rounded[3].isfinite().all()
    assert large == (dtype == torch.float16)
    loss, refused = step(memory, loss_of, query, ids, keys)
    assert refused == large
    expected = plain.step(query.detach().double(), ids, rounded)
    torch.testing.assert_close(loss.double(), expected, rtol=1e-5, atol=1e-5)
    assert all(value.isfinite().all() for value in memory.buffers())
