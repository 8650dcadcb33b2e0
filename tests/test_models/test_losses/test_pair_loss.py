"""The pair loss, against plain loops and the authors' figures."""

import math

import numpy as np
import pytest
import torch
from memory_filling import unit

from mmdmr.models import MemoryQueue, PairLoss, pair_loss
from mmdmr.models.losses.pair_loss import pair_losses
from mmdmr.models.memory import ABSENT


def looped_pair_loss(query, query_ids, keys, key_ids, scale, margin):
    """The formula with plain loops, from the paper."""
    losses = []
    for x, y in zip(query, query_ids):
        positive = [
            -scale * (x @ k - margin) for k, i in zip(keys, key_ids) if i == y
        ]
        negative = [scale * (x @ k) for k, i in zip(keys, key_ids) if i != y]
        if not positive:
            continue
        losses.append(
            math.log1p(
                sum(math.exp(p) for p in positive)
                * sum(math.exp(n) for n in negative)
            )
        )
    return sum(losses) / len(losses)


@pytest.mark.parametrize('scale,margin', [(16.0, 0.0), (5.0, 0.25)])
def test_equals_plain_loops(scale, margin):
    query, keys = unit(5, 8), unit(30, 8, seed=1)
    query_ids = torch.tensor([0, 1, 2, 2, 9])  # 9 has no positive
    key_ids = torch.arange(30) % 5 - 1
    loss = pair_loss(query, query_ids, keys, key_ids, scale, margin)
    assert loss.item() == pytest.approx(
        looped_pair_loss(query, query_ids, keys, key_ids, scale, margin),
        rel=1e-9,
    )


def test_defaults_are_those_of_the_paper():
    memory, query = MemoryQueue(8, feat_channels=8).double(), unit(4, 8)
    ids = torch.tensor([0, 1, 1, -1])
    memory.stage(unit(4, 8, seed=1), ids)
    bank = memory.bank()
    paper = dict(scale=16.0, margin=0.0, loss_weight=1.0)
    expected = PairLoss(**paper)(query, ids, bank)
    assert PairLoss()(query, ids, bank) == expected
    # The scale shows: another one gives another loss.
    assert PairLoss(**paper | dict(scale=32.0))(query, ids, bank) != expected


def test_reduction_none_leaves_the_anchors():
    query, keys = unit(5, 8), unit(30, 8, seed=1)
    query_ids = torch.tensor([0, 9, 1, 2, 2])  # 9 has no positive
    args = query, query_ids, keys, torch.arange(30) % 5 - 1
    losses = pair_loss(*args, reduction='none')
    assert losses.shape == (4,)
    assert losses.mean().item() == pytest.approx(pair_loss(*args).item())


def test_absent_keys_and_persons_are_as_if_cut_out():
    """Persons without loss get a gradient of zero, an unlabelled one also if
    its embedding is broken.
    """
    query = unit(4, 8)
    query[2] = float('nan')
    query.requires_grad_()
    query_ids = torch.tensor([0, 1, -1, 9])  # 9 has no positive
    keys, key_ids = unit(30, 8, seed=1), torch.arange(30) % 5 - 1
    cut = torch.arange(30) % 7 == 3
    losses, is_anchor = pair_losses(
        query, query_ids, keys, key_ids.masked_fill(cut, ABSENT)
    )
    assert is_anchor.tolist() == [True, True, False, False]
    assert not losses[2:].any()
    losses.sum().backward()
    grad, query.grad = query.grad, None
    assert not grad[2:].any()

    expected = pair_loss(
        query[:2], query_ids[:2], keys[~cut], key_ids[~cut], reduction='none'
    )
    torch.testing.assert_close(losses[:2], expected, rtol=1e-12, atol=0)
    expected.sum().backward()
    torch.testing.assert_close(
        grad[:2], query.grad[:2], rtol=1e-10, atol=1e-14
    )


def test_two_keys_by_hand():
    query = torch.tensor([[1.0, 0.0]])
    keys = torch.tensor([[1.0, 0.0], [0.0, 1.0]])  # similarities 1 and 0
    loss = pair_loss(query, torch.tensor([3]), keys, torch.tensor([3, -1]))
    assert loss.item() == pytest.approx(math.log1p(math.exp(-16)), rel=1e-5)


@pytest.mark.parametrize('num_anchors', [0, 2])
def test_without_positives_is_a_zero_with_graph(num_anchors):
    query = unit(num_anchors, 8).requires_grad_()
    loss = pair_loss(
        query,
        torch.arange(num_anchors),
        unit(4, 8, seed=1),
        torch.full((4,), -1),
    )
    loss.backward()
    assert loss.item() == 0
    assert query.grad.abs().sum() == 0


def test_without_negatives_costs_nothing():
    query = unit(2, 8).requires_grad_()
    loss = pair_loss(
        query,
        torch.zeros(2, dtype=torch.long),
        query.detach(),
        torch.zeros(2, dtype=torch.long),
    )
    loss.backward()
    assert loss.item() == 0
    assert query.grad.isfinite().all()


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision_does_not_overflow(dtype):
    query, keys = unit(4, 8).to(dtype), unit(200, 8, seed=1).to(dtype)
    ids, key_ids = torch.arange(4), torch.arange(200) % 4
    # exp(16 * 16) would overflow float16 and float32 alike
    loss = pair_loss(query, ids, keys, key_ids, scale=256.0)
    expected = pair_loss(query.double(), ids, keys.double(), key_ids, 256.0)
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)


def test_autocast_does_not_lower_the_precision():
    query, keys = unit(4, 8).float(), unit(50, 8, seed=1).float()
    ids, key_ids = torch.arange(4), torch.arange(50) % 4
    with torch.autocast('cpu', dtype=torch.bfloat16):
        loss = pair_loss(query, ids, keys, key_ids)
    assert loss.item() == pair_loss(query, ids, keys, key_ids).item()


@pytest.mark.parametrize(
    'case,num_unlabelled,keys_from',
    [
        ('pair_ema', 24, 'key'),
        ('pair_ema_labelled_only', 0, 'key'),
        ('pair_no_ema', 24, 'query'),
    ],
)
def test_golden_losses(golden, case, num_unlabelled, keys_from):
    """The authors' loss and gradient, step by step through the memory."""
    data = np.load(golden / 'losses.npz')
    steps = np.split(np.arange(len(data['pid'])), data['counts'].cumsum()[:-1])
    memory = MemoryQueue(
        int(data['num_labelled']), num_unlabelled, int(data['dim'])
    ).double()
    loss_of = PairLoss(float(data['scale']), float(data['margin']))
    compared = 0
    for step, rows in enumerate(steps):
        query = torch.from_numpy(data['query'][rows]).requires_grad_()
        ids = torch.from_numpy(data['pid'][rows])
        memory.stage(torch.from_numpy(data[keys_from][rows]), ids)
        loss = loss_of(query, ids, memory.bank())
        loss.backward()
        memory.commit()
        if step >= data['full_from_step']:
            np.testing.assert_allclose(
                loss.item(), data[f'{case}_loss'][step], rtol=1e-6
            )
            np.testing.assert_allclose(
                query.grad, data[f'{case}_grad'][rows], rtol=1e-6, atol=1e-12
            )
            compared += 1
    assert compared == len(steps) - data['full_from_step'] > 0
