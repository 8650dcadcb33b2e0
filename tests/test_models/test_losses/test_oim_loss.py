"""OIM: the loss, against published code and by hand."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from memory_filling import keys_of, unit

from mmdmr.models import MemoryQueue, OIMLoss, OIMTable, oim_loss
from mmdmr.models.losses.oim_loss import oim_losses


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


def test_another_memory_of_a_config_is_refused():
    memory = MemoryQueue(4, feat_channels=4)
    query, ids = keys_of(1, 2), torch.tensor([0, 1])
    memory.stage(query, ids)
    with pytest.raises(ValueError, match='OIMTable'):
        OIMLoss()(query, ids, memory.bank())


def test_persons_without_a_row_have_no_loss():
    """Unlabelled, or beyond the table; a NaN of an unlabelled person stays
    with it.
    """
    query = unit(4, 8)
    query[2] = float('nan')
    query.requires_grad_()
    keys, key_ids = unit(3, 8, seed=1), torch.tensor([0, 1, -1])
    ids = torch.tensor([0, 1, -1, 7])
    losses, is_anchor = oim_losses(query, ids, keys, key_ids)
    assert is_anchor.tolist() == [True, True, False, False]
    expected = oim_loss(query[:2], ids[:2], keys, key_ids, reduction='none')
    torch.testing.assert_close(losses[:2], expected, rtol=1e-12, atol=0)
    assert not losses[2:].any()
    losses.sum().backward()
    assert query.grad.isfinite().all() and not query.grad[2:].any()


def test_half_precision():
    generator = torch.Generator().manual_seed(0)
    keys = F.normalize(torch.randn(6, 8, generator=generator), dim=1)
    query, ids = keys[:3].half(), torch.arange(3)
    loss = oim_loss(query, ids, keys.half(), torch.arange(6), scale=1e4)
    assert loss.dtype == torch.float32 and loss.isfinite()
