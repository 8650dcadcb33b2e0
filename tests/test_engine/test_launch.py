"""Starting runs without GPUs."""

import os

import pytest
from mmengine.config import Config
from mmengine.runner import Runner

from mmdmr.engine import launch
from mmdmr.engine.launch import build_runner
from mmdmr.errors import InputError


@pytest.fixture(autouse=True)
def on_cpu(monkeypatch):
    """No GPU, no variables of a launcher, the allocator as it is."""
    monkeypatch.setattr('torch.cuda.is_available', lambda: False)
    monkeypatch.setattr(launch, 'keep_memory', lambda: 'memory is kept')
    for name in ('RANK', 'LOCAL_RANK'):
        # Set first, so that a variable set by a test is removed, too.
        monkeypatch.setenv(name, '')
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    'launcher, message',
    [('slurm', 'slurm needs GPUs'), ('pytorch', 'with torchrun')],
)
def test_several_processes_on_cpus_need_torchrun(launcher, message):
    with pytest.raises(InputError, match=message):
        build_runner(Config(dict(launcher=launcher)))


@pytest.mark.parametrize('local_rank', [None, '3'])
def test_the_rank_of_the_launcher_counts(local_rank, monkeypatch):
    monkeypatch.setattr(Runner, 'from_cfg', lambda cfg: cfg)
    if local_rank is not None:
        monkeypatch.setenv('LOCAL_RANK', local_rank)
    cfg = Config(dict(launcher='none'))
    assert build_runner(cfg, local_rank=1) is cfg
    assert os.environ['LOCAL_RANK'] == (local_rank or '1')


def test_the_log_says_how_memory_is_handled(monkeypatch):
    logged = []
    monkeypatch.setattr(Runner, 'from_cfg', lambda cfg: cfg)
    monkeypatch.setattr(launch, 'print_log', lambda *a, **k: logged.append(a))
    build_runner(Config(dict(launcher='none')))
    assert logged == [('memory is kept',)]
