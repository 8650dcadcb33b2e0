"""Starting runs without GPUs, and what several ranks then agree on."""

import os
import sys
from datetime import timedelta

import numpy as np
import pytest
from full_training import save_config, score, train
from mmengine.config import Config
from mmengine.runner import Runner
from rank_processes import on_processes

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
    runner = Runnerless()
    monkeypatch.setattr(Runner, 'from_cfg', lambda cfg: runner)
    if local_rank is not None:
        monkeypatch.setenv('LOCAL_RANK', local_rank)
    cfg = Config(dict(launcher='none'))
    assert build_runner(cfg, local_rank=1) is runner
    assert os.environ['LOCAL_RANK'] == (local_rank or '1')


def test_memory_is_handled_and_the_log_says_how_and_what_ran(monkeypatch):
    logged = []
    monkeypatch.setattr(Runner, 'from_cfg', lambda cfg: Runnerless())
    monkeypatch.setattr(launch, 'print_log', lambda *a, **k: logged.append(a))
    monkeypatch.setattr(sys, 'argv', ['/bin/mmdmr', 'train', 'mine.py'])
    runner = build_runner(Config(dict(launcher='none')))
    assert logged[0] == ('memory is kept',)
    assert 'Command: mmdmr train mine.py\n' in logged[1][0]
    assert runner.hooks == ['TrimMemoryHook']


@pytest.mark.parametrize('names', [{}, {'experiment_name': 'mine'}])
@pytest.mark.parametrize('file', [None, 'toy.py'])
def test_runs_of_one_second_have_logs_of_their_own(names, file, tmp_path):
    """Three runs start at once: MMEngine names them by the second."""
    if file is not None:
        file = tmp_path / file
        file.touch()
    runners = []
    for number in range(3):
        work_dir = str(tmp_path / str(number))
        content = dict(
            model=dict(type='BaseDataPreprocessor'),
            launcher='none',
            work_dir=work_dir,
            **names,
        )
        runners.append(build_runner(Config(content, filename=file)))
    for number, runner in enumerate(runners):
        runner.logger.info(f'run number {number}')
        (log,) = (tmp_path / str(number)).glob('*/*.log')
        assert f'run number {number}' in log.read_text()
    assert len({runner.experiment_name for runner in runners}) == 3


@pytest.mark.parametrize('timeout', [None, 60])
def test_the_group_has_the_timeout_of_the_config(timeout, monkeypatch):
    opened = []
    monkeypatch.setenv('RANK', '0')
    monkeypatch.setattr(Runner, 'from_cfg', lambda cfg: Runnerless())
    monkeypatch.setattr(
        'torch.distributed.init_process_group',
        lambda backend, timeout: opened.append((backend, timeout)),
    )
    cfg = Config(dict(launcher='pytorch', env_cfg=dict(dist_cfg={})))
    if timeout is not None:
        cfg.env_cfg.dist_cfg.timeout = timeout
    runner = build_runner(cfg)
    assert opened == [('gloo', timeout and timedelta(seconds=timeout))]
    assert runner.hooks == ['TrimMemoryHook', 'SameStatisticsHook']


class Runnerless:
    """Stands in for a runner, and keeps the names of its hooks."""

    def __init__(self):
        self.hooks = []

    def register_hook(self, hook):
        self.hooks.append(type(hook).__name__)


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """Config and checkpoint of a training on two ranks, and what they hold."""
    folder = tmp_path_factory.mktemp('trained')
    config = save_config(folder)
    (folder / 'ranks').mkdir()
    held = on_processes(2, folder / 'ranks', train, config)
    return config, folder / 'work/epoch_3.pth', held


def test_queue_and_key_encoder_are_the_same_on_all_ranks(trained):
    """Bit by bit, with detection, random sampling and batch norms that learn.
    Only what batch norms saw of their own images differs.
    """
    (first, _, _), (second, _, _) = trained[2]
    assert {part for part in first if first[part] == second[part]} == {
        'network',
        'key_encoder',
        'memory',
    }
    assert first['statistics'] != second['statistics']


def test_a_validation_uses_the_statistics_of_rank_0(trained):
    (before, *scores, after), (_, *scores2, after2) = trained[2]
    assert after == after2 == before
    assert scores == scores2


def test_a_test_gives_the_figures_of_the_validation(trained, tmp_path):
    """Exactly, on any number of ranks, though seven images cannot be shared
    out evenly. The predictions are the same, too, bit by bit.
    """
    config, checkpoint, ((_, validation, _), _) = trained
    assert 0 < validation['search+gt/mAP'] < 1
    dumped = []
    for num in (1, 2, 3):
        folder = tmp_path / str(num)
        folder.mkdir()
        dump = folder / 'dump.npz'
        found = on_processes(num, folder, score, config, checkpoint, dump)
        assert found == [validation] * num
        with np.load(dump) as stored:
            dumped.append(dict(stored))
    alone, *others = dumped
    assert len(alone['dets']) and len(alone['num_dets']) == 7
    for predicted in others:
        assert set(predicted) == set(alone)
        for key, value in alone.items():
            np.testing.assert_array_equal(predicted[key], value)
