"""Similarities are computed in full precision."""

import copy

import pytest
import torch
from memory_filling import unit

from mmdmr.models import MemoryQueue, PairLoss
from mmdmr.models.losses.similarity import similarities


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision_is_widened(dtype):
    query, keys = unit(3, 8).to(dtype), unit(5, 8, seed=1).to(dtype)
    found = similarities(query, keys)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, query.float() @ keys.float().T)


def test_autocast_is_off_inside():
    query, keys = unit(3, 8).float(), unit(5, 8, seed=1).float()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        found = similarities(query, keys)
    assert torch.equal(found, query @ keys.T)


def test_blocks_are_as_one():
    query, keys = unit(3, 8).requires_grad_(), unit(9, 8, seed=1)
    blocks = keys[:2], keys[2:2], keys[2:]
    weights = unit(3, 9, seed=2)
    (similarities(query, blocks) * weights).sum().backward()
    grad, query.grad = query.grad, None
    found = similarities(query, keys)
    (found * weights).sum().backward()
    torch.testing.assert_close(similarities(query, blocks), found)
    torch.testing.assert_close(grad, query.grad)


def test_autocast_is_off_in_the_backward_pass():
    query, keys = unit(3, 8).float().requires_grad_(), unit(5, 8).float()
    weights = unit(3, 5, seed=2).float()
    similarities(query, (keys,)).backward(weights)
    torch.testing.assert_close(query.grad, weights @ keys, rtol=1e-5, atol=0)


def test_one_commit_may_come_before_the_backward_pass():
    memory = MemoryQueue(4, 2, feat_channels=8).double()
    loss_of, ids = PairLoss(), torch.tensor([0, 1, -1])
    for step in range(2):
        memory.stage(unit(3, 8, seed=step), ids)
        memory.commit()
    grads = []
    for commits in range(3):
        query = unit(3, 8, seed=9).requires_grad_()
        # The bank is the same each time: the memory gets its former state.
        twin = copy.deepcopy(memory)
        twin.stage(unit(3, 8, seed=5), ids)
        loss = loss_of(query, ids, twin.bank())
        for i in range(commits):
            twin.commit()
            twin.stage(unit(3, 8, seed=6 + i), ids)
        if commits < 2:
            loss.backward()
            grads.append(query.grad)
        else:
            with pytest.raises(RuntimeError, match=r'second commit\(\)'):
                loss.backward()
    assert torch.equal(*grads) and grads[0].any()


def test_keys_take_the_precision_of_the_query():
    assert similarities(unit(3, 8), unit(5, 8).float()).dtype == torch.double
