"""From losses of anchors to one number."""

import pytest
import torch

from mmdmr.models.losses.reduction import mean_over_ranks, reduce


def test_mean_over_one_rank_is_the_mean():
    losses = torch.tensor([1.0, 0.0, 2.0, 6.0], requires_grad=True)
    is_anchor = torch.tensor([True, False, True, True])
    assert mean_over_ranks(losses, is_anchor) == 3
    assert mean_over_ranks(0 * losses, is_anchor & False) == 0
    nothing = mean_over_ranks(losses[:0], is_anchor[:0])
    nothing.backward()
    assert nothing == 0
    assert (losses.grad == 0).all()


def test_reductions_as_in_pytorch():
    losses = torch.tensor([1.0, 0.0, 2.0, 6.0])
    is_anchor = torch.tensor([True, False, True, True])
    assert reduce(losses, is_anchor, 'mean') == 3
    assert reduce(losses, is_anchor, 'none').tolist() == [1, 2, 6]
    assert reduce(losses[:0], is_anchor[:0], 'mean') == 0
    with pytest.raises(ValueError, match='median'):
        reduce(losses, is_anchor, 'median')
