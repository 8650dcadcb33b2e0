"""What the processes of a run on several ranks say when one of them fails."""

import json
import subprocess
import time
from pathlib import Path

import pytest
from processes import descendants, environment
from torch.distributed import DistStoreError

from mmdmr.cli import ranks
from mmdmr.cli.errors import report_errors
from mmdmr.errors import InputError

ROOT = Path(__file__).parents[2]
ENDED = (
    '[pair.cc:553] Connection closed by peer [127.0.0.1]:2966. This is '
    'typically caused by a remote worker crashing.'
)
SILENT = '[unbound_buffer.cc:129] Timed out waiting 8000ms for recv operation'


@pytest.fixture
def second_of_two(monkeypatch):
    for name, value in dict(RANK='1', WORLD_SIZE='2').items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr('socket.gethostname', lambda: 'node7')
    monkeypatch.setattr(ranks, '_SECONDS_TO_WAIT', 0)


def message(error, capsys):
    """What a tool prints that ends with code 2."""
    with pytest.raises(SystemExit) as stop, report_errors('train'):
        raise error
    assert stop.value.code == 2
    return capsys.readouterr().err


def test_a_message_names_the_rank(second_of_two, capsys):
    expected = 'mmdmr train: rank 1 of 2 on node7: error: no such folder\n'
    assert message(InputError('no such folder'), capsys) == expected


@pytest.mark.parametrize(
    'error, words',
    [
        (RuntimeError(ENDED), 'has ended'),
        (RuntimeError('ncclRemoteError: A call failed'), 'has ended'),
        (DistStoreError('Connection was likely closed.'), 'has ended'),
        (RuntimeError(SILENT), 'raise env_cfg.dist_cfg.timeout'),
    ],
)
def test_a_lost_rank_takes_one_line(second_of_two, capsys, error, words):
    err = message(error, capsys)
    assert err.startswith('mmdmr train: rank 1 of 2 on node7: error: another')
    assert words in err and err.count('\n') == 1
    assert 'Continue with --resume' in err and str(error)[:40] in err


def test_alone_no_rank_is_lost():
    with pytest.raises(RuntimeError), report_errors('train'):
        raise RuntimeError(ENDED)


@pytest.mark.parametrize('error', [ValueError(ENDED), RuntimeError('a bug')])
def test_a_bug_keeps_its_traceback_and_tells_torchrun(
    second_of_two, error, tmp_path, monkeypatch
):
    file = tmp_path / 'error.json'
    monkeypatch.setenv('TORCHELASTIC_ERROR_FILE', str(file))
    with pytest.raises(type(error)), report_errors('train'):
        raise error
    told = json.loads(file.read_text())['message']['extraInfo']
    assert str(error) in told['py_callstack']


def test_debugging_shows_where_a_rank_was_lost(second_of_two, monkeypatch):
    monkeypatch.setenv('MMDMR_DEBUG', '1')
    with pytest.raises(RuntimeError), report_errors('train'):
        raise RuntimeError(ENDED)


@pytest.mark.slow
@pytest.mark.parametrize(
    'how, seconds, words, first',
    [
        ('KILL', 30, 'it was killed', 1),
        ('raise', 30, 'ValueError: a fault of ours', 1),
        # torchrun waits 30 s for a process that hangs, then kills it.
        ('STOP', 90, 'did not answer in time', 0),
    ],
)
def test_one_rank_that_fails_ends_all(
    how, seconds, words, first, small_data, tmp_path
):
    config = tmp_path / 'c.py'
    config.write_text(
        "_base_ = 'dmrnet_faster-rcnn_r18_fpn_synthetic.py'\n"
        "custom_imports = dict(imports=['failing_rank'])\n"
        'custom_hooks = _base_.custom_hooks + [\n'
        f"    dict(type='FailingRank', how='{how}', file='failed')\n]\n"
        'env_cfg = dict(dist_cfg=dict(timeout=8))\n'
    )
    errors = tmp_path / 'errors.txt'
    with errors.open('w') as stderr:
        run = subprocess.Popen(
            [
                *(ROOT / 'tools/dist_train.sh', config, '2', '--data-root'),
                *(small_data / 'CUHK-SYSU', '--work-dir', tmp_path / 'work'),
            ],
            cwd=tmp_path,
            env=environment(ROOT / 'tests/helpers'),
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
    started = set()
    try:
        while not (tmp_path / 'failed').exists():
            assert run.poll() is None, errors.read_text()
            started |= set(descendants(run.pid))
            time.sleep(0.2)
        run.wait(timeout=seconds)
    finally:
        run.kill()
    assert run.returncode == 1
    err = errors.read_text()
    assert words in err
    assert f'error: rank {first} (process' in err
    assert len(started) >= 2
    assert not [pid for pid in started if Path(f'/proc/{pid}').exists()]
