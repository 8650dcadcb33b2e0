"""OIM: the loss, against published code and by hand."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from memory_filling import keys_of

from mmdmr.models import OIMLoss, OIMTable, oim_loss


def test_golden_loss_gradient_table_and_queue(golden):
    """Published code's figures of every step, and what is left at the end."""
    data = np.load(golden / 'losses.npz')
    steps = np.split(np.arange(len(data['pid'])), data['counts'].cumsum()[:-1])
    memory = OIMTable(
        int(data['num_ids']),
        int(data['oim_queue']),
        float(data['oim_momentum']),
        int(data['dim']),
    ).double()
    loss_of = OIMLoss(float(data['oim_scalar']))
    for step, rows in enumerate(steps):
        query = torch.from_numpy(data['query'][rows]).requires_grad_()
        ids = torch.from_numpy(data['pid'][rows])
        memory.stage(query, ids)
        loss = loss_of(query, ids, memory.bank())
        loss.backward()
        memory.commit()
        if (ids >= 0).any():
            np.testing.assert_allclose(
                loss.item(), data['oim_loss'][step], rtol=1e-6
            )
        np.testing.assert_allclose(
            query.grad, data['oim_grad'][rows], rtol=1e-6, atol=1e-12
        )
    np.testing.assert_allclose(
        memory.table, data['oim_final_lut'], rtol=1e-6, atol=1e-12
    )
    ring = memory.unlabelled
    oldest_first = ring.keys.roll(-int(ring.pointer), dims=0)
    np.testing.assert_allclose(
        oldest_first, data['oim_final_queue'], rtol=1e-6, atol=1e-12
    )


def test_two_rows_by_hand():
    """One seen row, one zero row, one empty slot: logits 10, 0 and 0."""
    memory = OIMTable(2, 1, feat_channels=4)
    memory.table[0] = torch.tensor([1.0, 0, 0, 0])
    query = torch.tensor([[1.0, 0, 0, 0]])
    memory.stage(query, torch.tensor([0]))
    bank = memory.bank()
    loss = oim_loss(query, torch.tensor([0]), bank.keys, bank.ids)
    assert loss.item() == pytest.approx(np.log1p(2 * np.exp(-10)), rel=1e-3)


def test_no_labelled_person_is_a_zero_with_graph():
    memory = OIMTable(3, 2, feat_channels=4)
    query = keys_of(1, 2).clone().requires_grad_()
    ids = torch.tensor([-1, -1])
    memory.stage(query, ids)
    loss = OIMLoss()(query, ids, memory.bank())
    loss.backward()
    assert loss.item() == 0 and not query.grad.any()
    memory.commit()
    assert memory.statistics() == dict(fill=0, unlabelled_fill=2)


@pytest.mark.parametrize('key_ids', [[0, 0, 1], [1, 2, 3]])
def test_another_memory_is_refused(key_ids):
    with pytest.raises(ValueError, match='OIMTable'):
        oim_loss(
            keys_of(1),
            torch.tensor([0]),
            keys_of(1, 2, 3),
            torch.tensor(key_ids),
        )


def test_half_precision():
    generator = torch.Generator().manual_seed(0)
    keys = F.normalize(torch.randn(6, 8, generator=generator), dim=1)
    query, ids = keys[:3].half(), torch.arange(3)
    loss = oim_loss(query, ids, keys.half(), torch.arange(6), scale=1e4)
    assert loss.dtype == torch.float32 and loss.isfinite()
