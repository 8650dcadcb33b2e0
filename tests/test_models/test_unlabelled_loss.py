"""The contrastive loss of unlabelled persons, and rows of their own keys."""

import pytest
import torch
import torch.nn.functional as F
from memory_filling import keys_of, put

from mmdmr.models import BatchMemory, MemoryQueue, UnlabelledContrastiveLoss


def unit(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return F.normalize(
        torch.randn(*shape, generator=generator, dtype=torch.double), dim=-1
    )


def test_is_cross_entropy_with_the_own_key_as_target():
    memory = MemoryQueue(8, 8, feat_channels=16).double()
    memory.stage(unit(5, 16, seed=2), torch.tensor([0, -1, 3, -1, -1]))
    memory.commit()
    ids = torch.tensor([-1, 0, -1])
    query, keys = unit(3, 16), unit(3, 16, seed=1)
    memory.stage(keys, ids)
    bank = memory.bank()
    expected = []
    for i in (0, 2):
        (target,) = [j for j, k in enumerate(bank.keys) if k.equal(keys[i])]
        logits = torch.stack([16 * query[i] @ k for k in bank.keys])
        expected.append(-F.log_softmax(logits, dim=0)[target])
    loss = UnlabelledContrastiveLoss(loss_weight=0.5)(query, ids, bank)
    assert loss.item() == pytest.approx(sum(expected).item() / 4, rel=1e-9)


def test_without_unlabelled_person_is_a_zero_with_graph():
    memory = MemoryQueue(4, feat_channels=4)
    query = keys_of(1, 2).clone().requires_grad_()
    ids = torch.tensor([0, 1])
    memory.stage(query, ids)
    loss = UnlabelledContrastiveLoss()(query, ids, memory.bank())
    loss.backward()
    assert loss.item() == 0 and not query.grad.any()


def test_own_rows_are_found_whatever_fits():
    """Of 3 labelled keys 2 fit, of 2 unlabelled 1; one key is refused."""
    memory = MemoryQueue(2, 1, feat_channels=4)
    put(memory, [8, 9], [5, -1])
    memory.stage(
        keys_of(1, 2, float('nan'), 3, 4, 5),
        torch.tensor([0, -1, 0, 1, 2, -1]),
    )
    bank = memory.bank()
    rows = bank.own_rows.tolist()
    assert [bank.keys[r, 0].item() if r >= 0 else None for r in rows] == [
        None,
        None,
        None,
        3,
        4,
        5,
    ]


def test_batch_memory_without_unlabelled():
    memory = BatchMemory(num_unlabelled=0, feat_channels=4)
    memory.stage(keys_of(1, float('nan'), 2, 3), torch.tensor([-1, 0, 7, 8]))
    bank = memory.bank()
    assert bank.keys[:, 0].tolist() == [2, 3] and bank.ids.tolist() == [7, 8]
    assert bank.own_rows.tolist() == [-1, -1, 0, 1]


def test_batch_memory_forgets():
    memory = BatchMemory(feat_channels=4)
    assert put(memory, [1, 2], [0, -1]) == 0
    memory.stage(keys_of(3, 4), torch.tensor([7, -1]))
    bank = memory.bank()
    assert bank.keys[:, 0].tolist() == [3, 4]
    assert bank.ids.tolist() == [7, -1] and bank.own_rows.tolist() == [0, 1]
    memory.reset()
    with pytest.raises(RuntimeError, match='stage'):
        memory.bank()
    assert not memory.state_dict()
