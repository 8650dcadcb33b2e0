"""From losses of anchors to one number."""

import pytest
import torch

from mmdmr.models.losses.reduction import mean_over_ranks, reduce


def test_mean_over_one_rank_is_the_mean():
    losses = torch.tensor([1.0, 2.0, 6.0], requires_grad=True)
    assert mean_over_ranks(losses) == 3
    nothing = mean_over_ranks(losses[:0])
    nothing.backward()
    assert nothing == 0
    assert (losses.grad == 0).all()


def test_reductions_as_in_pytorch():
    losses = torch.tensor([1.0, 2.0, 6.0])
    assert reduce(losses, 'mean') == 3
    assert reduce(losses, 'none') is losses
    assert reduce(losses[:0], 'mean') == 0
    with pytest.raises(ValueError, match='median'):
        reduce(losses, 'median')
