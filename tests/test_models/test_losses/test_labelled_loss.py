"""A loss of the labelled persons of a batch."""

import pytest
import torch
from memory_filling import unit

from mmdmr.models import pair_loss
from mmdmr.models.losses.labelled_loss import LabelledLoss
from mmdmr.models.losses.pair_loss import pair_losses
from mmdmr.models.memory import Bank


def test_unlabelled_persons_are_no_anchors():
    ids, keys = torch.tensor([2, -1, 0]), unit(6, 8, seed=1)
    key_ids = torch.tensor([0, 1, 2, 0, -1, -1])
    bank = Bank((keys[:2], keys[2:]), key_ids, torch.tensor([-1]))
    query = unit(3, 8).requires_grad_()
    loss = LabelledLoss(pair_losses, 0.5, scale=4.0)(query, ids, bank)
    alone = pair_loss(query[[0, 2]], ids[[0, 2]], keys, bank.ids, scale=4.0)
    assert loss.item() == pytest.approx(0.5 * alone.item(), rel=1e-12)
    loss.backward()
    assert query.grad.any(dim=1).tolist() == [True, False, True]


def test_settings_are_printed():
    text = repr(LabelledLoss(pair_losses, 0.5, scale=4.0))
    assert 'loss_weight=0.5' in text and "'scale': 4.0" in text
