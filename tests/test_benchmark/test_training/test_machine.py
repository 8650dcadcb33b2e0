import pytest
import torch
from mmengine.config import Config

from mmdmr.benchmark.training.machine import describe, prepare
from mmdmr.errors import InputError


def test_threads_and_cudnn_follow_the_arguments(monkeypatch):
    threads, cudnn = [], torch.backends.cudnn
    monkeypatch.setattr(torch, 'set_num_threads', threads.append)
    monkeypatch.setattr(cudnn, 'benchmark', False)
    cfg = Config(dict(env_cfg=dict(cudnn_benchmark=True)))
    assert prepare(cfg, 'cpu', 3) == torch.device('cpu')
    assert threads == [3] and cudnn.benchmark
    prepare(Config({}), 'cpu', None)
    assert threads == [3] and not cudnn.benchmark


def test_a_gpu_that_is_not_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    with pytest.raises(InputError, match='PyTorch finds no GPU'):
        prepare(Config({}), 'cuda', None)


def test_the_machine_is_described():
    found = describe(torch.device('cpu'))
    assert found['threads'] == torch.get_num_threads()
    assert found['processors'] >= 1 and found['load'] >= 0
    assert found['torch'] == torch.__version__ and found['device']
