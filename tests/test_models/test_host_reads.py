"""Memory, losses and key encoder never wait for a GPU."""

import pytest
import torch
from host_reads import count_host_reads
from torch import nn

from mmdmr.models import (
    BatchMemory,
    KeyEncoder,
    MemoryQueue,
    OIMTable,
    ReIDHead,
)

UNLABELLED = dict(loss_unlabelled=dict(type='mmdmr.UnlabelledContrastiveLoss'))
METHODS = {
    'queue': (lambda: MemoryQueue(6, 3, 8), UNLABELLED),
    'queue without unlabelled': (lambda: MemoryQueue(6, 0, 8), {}),
    'batch': (lambda: BatchMemory(), UNLABELLED),
    'batch without unlabelled': (lambda: BatchMemory(0, 0), {}),
    'oim': (
        lambda: OIMTable(4, 3, feat_channels=8),
        dict(loss_reid=dict(type='mmdmr.OIMLoss')),
    ),
}


def step_of(method):
    """An iteration of one of the methods, as a function."""
    memory, losses = METHODS[method]
    memory = memory()
    net = nn.ModuleDict(dict(reid_head=ReIDHead(12, 8, **losses)))
    encoder = KeyEncoder(net)
    feats = torch.rand(5, 12)
    # Unlabelled persons, one identity twice, and a key to refuse.
    ids = torch.tensor([3, -1, 3, 0, -1])
    broken = torch.tensor([0, 0, 0, 1, 0])[:, None] > 0

    def step():
        encoder.update(net)
        with torch.no_grad():
            keys = encoder.reid_head.embed(feats)
            keys = keys.masked_fill(broken, torch.nan)
        head = net.reid_head
        losses = head.loss(head.embed(feats), ids, keys, memory)
        sum(losses.values()).backward()
        memory.commit()

    return step


@pytest.mark.parametrize('method', METHODS)
def test_an_iteration_reads_nothing(method):
    step = step_of(method)
    for _ in range(3):
        assert not count_host_reads(step)


VALUES, MASK = torch.arange(4.0), torch.tensor([True, False, True, False])


@pytest.mark.parametrize(
    'read',
    [
        lambda: int(VALUES.sum()),
        lambda: VALUES[0].item(),
        lambda: bool(MASK.any()),
        lambda: VALUES[MASK],
        lambda: VALUES.clone().index_put_((MASK,), torch.tensor(0.0)),
        lambda: VALUES[torch.tensor(2)],
        lambda: MASK.nonzero(),
        lambda: VALUES.masked_select(MASK),
        lambda: VALUES.unique(),
        lambda: VALUES.equal(VALUES),
        lambda: VALUES.tolist(),
        lambda: VALUES.numpy(),
        lambda: VALUES.repeat_interleave(torch.arange(4)),
    ],
)
def test_what_would_wait_is_counted(read):
    assert count_host_reads(read).total() == 1


def test_known_shapes_are_not_counted():
    rows = torch.tensor([2, 0])
    found = count_host_reads(
        lambda: VALUES[rows].masked_fill(MASK[rows], 0).argsort().cumsum(0)
    )
    assert not found
