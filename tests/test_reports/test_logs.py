"""Facts and times of logs."""

from datetime import datetime, timedelta

from past_trainings import LOG

from mmdmr.reports.logs import read_logs


def test_facts_are_read_up_to_the_first_step(tmp_path):
    path = tmp_path / 'a.log'
    path.write_text(LOG)
    found = read_logs([path])
    assert found.facts == {
        'Python': '3.11.7',
        'device': 'NVIDIA H100',
        'torch': '2.13.0',
        'mmengine': '0.10.12',
        'seed': '7',
        'processes': '2',
        'command': 'mmdmr train mine.py',
        'mmdmr': '0.1.0',
        'mmdet': '3.5.1',
        'mmcv': '2.3.6',
    }
    assert found.started == datetime(2026, 1, 31, 10)
    assert (found.duration, found.starts) == (timedelta(minutes=7), 1)


def test_times_of_several_starts_are_added(tmp_path):
    paths = []
    for day in (30, 31):
        paths.append(tmp_path / f'{day}.log')
        paths[-1].write_text(LOG.replace('2026/01/31', f'2026/01/{day}'))
    found = read_logs(paths)
    assert (found.duration, found.starts) == (timedelta(minutes=14), 2)
    assert found.started == datetime(2026, 1, 30, 10)


def test_any_other_text_tells_nothing(tmp_path):
    path = tmp_path / 'a.log'
    path.write_bytes(b'\xff\x00 9999/99/99 10:00:00 - x\n  seed\n\n')
    found = read_logs([path])
    assert not found.facts and found.started is None
    assert read_logs([]).starts == 0
