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
