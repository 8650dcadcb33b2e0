"""OIM: look-up table, circular queue and loss."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from memory_filling import keys_of, put

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


def test_a_batch_is_compared_before_it_enters():
    memory = OIMTable(2, 2, feat_channels=4)
    memory.stage(keys_of(1, 1), torch.tensor([0, -1]))
    assert not memory.bank().keys.any()
    memory.commit()
    memory.stage(keys_of(1), torch.tensor([0]))
    assert memory.bank().keys.any(dim=1).tolist() == [True, False, True, False]


def test_same_identity_twice_enters_one_after_the_other():
    memory = OIMTable(1, feat_channels=2, momentum=0.5)
    x, y = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    memory.stage(torch.stack([x, y]), torch.tensor([0, 0]))
    memory.commit()
    torch.testing.assert_close(memory.table[0], F.normalize(x + y, dim=0))


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


def test_identity_without_a_row_names_the_setting():
    memory = OIMTable(3, feat_channels=4)
    with pytest.raises(ValueError, match=r'identity 3 .*num_ids=3.*memory'):
        put(memory, [1, 2], [0, 3])


@pytest.mark.parametrize(
    'arguments, message',
    [
        (dict(num_ids=0), 'num_ids'),
        (dict(num_ids=2, num_unlabelled=-1), 'num_unlabelled'),
        (dict(num_ids=2, momentum=1.0), 'momentum'),
    ],
)
def test_arguments_out_of_range(arguments, message):
    with pytest.raises(ValueError, match=message):
        OIMTable(**arguments)


def test_reset_and_reload():
    memory = OIMTable(2, 1, feat_channels=4)
    put(memory, [1, 2], [1, -1])
    other = OIMTable(2, 1, feat_channels=4)
    other.load_state_dict(memory.state_dict())
    assert torch.equal(other.table, memory.table)
    other.reset()
    assert other.statistics() == dict(fill=0, unlabelled_fill=0)


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
