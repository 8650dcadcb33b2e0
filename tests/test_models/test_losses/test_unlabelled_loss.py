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
