"""The hook of the running statistics."""

from types import SimpleNamespace

from mmengine import dist
from torch import nn

from mmdmr.engine.hooks import SameStatisticsHook
from mmdmr.models import MemoryQueue


def test_statistics_of_all_batch_norms_are_sent_and_nothing_else(monkeypatch):
    """``tests/test_engine/test_launch.py`` has two real ranks."""
    sent = []
    monkeypatch.setattr(dist, 'broadcast', sent.append)
    model = nn.ModuleDict(
        dict(
            first=nn.BatchNorm2d(3),
            second=nn.SyncBatchNorm(2),
            group=nn.GroupNorm(1, 2),
            memory=MemoryQueue(4, feat_channels=2),
        )
    )
    SameStatisticsHook().before_val_epoch(SimpleNamespace(model=model))
    expected = [*model.first.buffers(), *model.second.buffers()]
    assert len(expected) == 6
    assert [id(x) for x in sent] == [id(x) for x in expected]
