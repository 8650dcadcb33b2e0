"""Classes that PyTorch may load from a checkpoint."""

import pickle

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer

from mmdmr.engine.safe_globals import register_safe_globals


@pytest.fixture(autouse=True)
def registered():
    before = torch.serialization.get_safe_globals()
    register_safe_globals()
    yield
    torch.serialization.clear_safe_globals()
    torch.serialization.add_safe_globals(before)


def test_logged_history_loads_without_executing_code(tmp_path):
    buffer = HistoryBuffer()
    buffer.update(1.5)
    buffer.update(2.5)
    path = tmp_path / 'c.pth'
    torch.save(
        dict(
            message_hub=dict(log_scalars=dict(loss=buffer)),
            mAP=np.float64(0.25),
            queries=np.arange(3),
        ),
        path,
    )
    loaded = torch.load(path, weights_only=True)
    history = loaded['message_hub']['log_scalars']['loss']
    assert history.mean() == 2.0
    assert loaded['mAP'] == 0.25
    assert loaded['queries'].tolist() == [0, 1, 2]


class Lookup:
    """Pickles as ``getattr(HistoryBuffer, '__init__')``."""

    def __reduce__(self):
        return getattr, (HistoryBuffer, '__init__')


def test_other_attributes_are_refused(tmp_path):
    path = tmp_path / 'c.pth'
    torch.save(dict(a=Lookup()), path)
    with pytest.raises((ValueError, pickle.UnpicklingError)):
        torch.load(path, weights_only=True)
