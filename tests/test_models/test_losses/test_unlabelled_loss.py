"""The contrastive loss of unlabelled persons."""

import pytest
import torch
import torch.nn.functional as F
from memory_filling import keys_of, unit

from mmdmr.models import MemoryQueue, UnlabelledContrastiveLoss


def test_is_cross_entropy_with_the_own_key_as_target():
    memory = MemoryQueue(8, 8, feat_channels=16).double()
    memory.stage(unit(5, 16, seed=2), torch.tensor([0, -1, 3, -1, -1]))
    memory.commit()
    ids = torch.tensor([-1, 0, -1])
    query, keys = unit(3, 16), unit(3, 16, seed=1)
    memory.stage(keys, ids)
    bank = memory.bank()
    present = bank.compact().keys
    expected = []
    for i in (0, 2):
        (target,) = [j for j, k in enumerate(present) if k.equal(keys[i])]
        logits = torch.stack([16 * query[i] @ k for k in present])
        expected.append(-F.log_softmax(logits, dim=0)[target])
    loss = UnlabelledContrastiveLoss(loss_weight=0.5)(query, ids, bank)
    assert loss.item() == pytest.approx(sum(expected).item() / 4, rel=1e-9)


def test_a_person_whose_key_does_not_fit_is_left_out():
    """One unlabelled slot: of two persons only the second is an anchor."""
    memory = MemoryQueue(4, 1, feat_channels=8).double()
    query, ids = unit(2, 8).requires_grad_(), torch.tensor([-1, -1])
    memory.stage(unit(2, 8, seed=1), ids)
    UnlabelledContrastiveLoss()(query, ids, memory.bank()).backward()
    # Without a negative the loss of the second is 0, with it is not.
    assert not query.grad.any()
    memory.commit()
    memory.stage(unit(3, 8, seed=2), torch.tensor([-1, -1, 0]))
    query = unit(3, 8).requires_grad_()
    ids = torch.tensor([-1, -1, 0])
    UnlabelledContrastiveLoss()(query, ids, memory.bank()).backward()
    assert query.grad.any(dim=1).tolist() == [False, True, False]


def test_without_unlabelled_person_is_a_zero_with_graph():
    memory = MemoryQueue(4, feat_channels=4)
    query = keys_of(1, 2).clone().requires_grad_()
    ids = torch.tensor([0, 1])
    memory.stage(query, ids)
    loss = UnlabelledContrastiveLoss()(query, ids, memory.bank())
    loss.backward()
    assert loss.item() == 0 and not query.grad.any()
