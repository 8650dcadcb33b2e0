"""Embeddings and losses of the re-ID head."""

import pytest
import torch

from mmdmr.models import BatchMemory, PairLoss, ReIDHead


@pytest.fixture
def head():
    torch.manual_seed(0)
    return ReIDHead(
        in_channels=12,
        out_channels=8,
        loss_unlabelled=dict(
            type='mmdmr.UnlabelledContrastiveLoss', loss_weight=0.5
        ),
    )


def test_an_embedding_is_a_direction(head):
    feats = torch.randn(3, 3, 2, 2)
    embeddings = head.embed(feats)
    expected = feats.flatten(1) @ head.fc.weight.T + head.fc.bias
    torch.testing.assert_close(embeddings.norm(dim=1), torch.ones(3))
    torch.testing.assert_close(
        embeddings * expected.norm(dim=1, keepdim=True), expected
    )


def test_embeddings_of_half_precision_are_float32(head):
    assert head.half().embed(torch.ones(1, 12).half()).dtype == torch.float32


def test_losses_compare_with_the_staged_keys(head):
    embeddings = head.embed(torch.randn(4, 12))
    keys = head.embed(torch.randn(4, 12)).detach()
    ids, memory = torch.tensor([3, 4, 3, -1]), BatchMemory()
    losses = head.loss(embeddings, ids, keys, memory)
    assert set(losses) == {'loss_reid', 'loss_unlabelled'}
    bank = memory.bank()
    assert torch.equal(bank.keys, keys) and torch.equal(bank.ids, ids)
    assert losses['loss_reid'] == PairLoss()(embeddings, ids, bank)


def test_embeddings_of_no_region_and_of_one(head):
    assert head.embed(torch.zeros(0, 3, 2, 2)).shape == (0, 8)
    feats = torch.randn(5, 3, 2, 2)
    torch.testing.assert_close(
        torch.cat([head.embed(feats[i : i + 1]) for i in range(5)]),
        head.embed(feats),
    )


@pytest.mark.parametrize(
    'dtype, large', [(torch.float32, 1e20), (torch.float16, 6e4)]
)
def test_an_overflow_is_no_embedding_of_zeros(head, dtype, large):
    """In float32 the squares overflow, in float16 the layer does. Another
    region keeps its embedding.
    """
    torch.nn.init.constant_(head.fc.weight, 0.5)
    head.to(dtype)
    feats = torch.ones(2, 12, dtype=dtype)
    alone = head.embed(feats[1:])
    feats[0] = large
    found = head.embed(feats)
    assert not found[0].isfinite().all()
    torch.testing.assert_close(found[1:], alone)
    ids, memory = torch.tensor([3, 4]), BatchMemory()
    losses = head.loss(found, ids, found.detach(), memory)
    assert losses['loss_reid'].isnan() and memory.commit() == 1


def test_a_blank_region_has_an_embedding_of_zeros(head):
    """Without bias; its loss and its gradient are finite."""
    torch.nn.init.zeros_(head.fc.bias)
    feats = torch.cat([torch.zeros(1, 12), torch.randn(2, 12)])
    feats.requires_grad_()
    found = head.embed(feats)
    assert not found[0].any()
    ids, memory = torch.tensor([3, 4, 3]), BatchMemory()
    head.loss(found, ids, found.detach(), memory)['loss_reid'].backward()
    assert feats.grad.isfinite().all() and feats.grad.any()
    assert memory.commit() == 0
