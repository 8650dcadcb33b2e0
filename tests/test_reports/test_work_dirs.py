"""Folders of runs, by what the user names."""

import pytest
from past_trainings import losses, write_start

from mmdmr.errors import InputError
from mmdmr.reports.work_dirs import (
    config_file,
    find_work_dirs,
    log_files,
    scalar_files,
)


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Two runs in the working folder, beside a folder that is none."""
    for name in ('a', 'b'):
        write_start(tmp_path / 'all' / name, '20260131_100000', losses(1))
    (tmp_path / 'all/data').mkdir()
    monkeypatch.chdir(tmp_path)


def names(*named):
    return [(run.name, str(run.path)) for run in find_work_dirs(named)]


def test_a_folder_of_runs_stands_for_them(runs):
    assert names('all') == [('', 'all/a'), ('', 'all/b')]
    assert names('x=all/b', 'all/a') == [('x', 'all/b'), ('', 'all/a')]


def test_a_folder_with_the_sign_is_no_name(runs, tmp_path):
    (tmp_path / 'all/a').rename(tmp_path / 'lr=1')
    assert names('lr=1') == [('', 'lr=1')]
    assert names('lr=2=all/b') == [('lr=2', 'all/b')]


@pytest.mark.parametrize(
    'named, message',
    [
        (['all/data'], 'all/data: neither a work dir nor a folder'),
        (['x=all'], 'x=all: the folder holds 2 runs'),
        (['all', 'all/b'], 'all/b: named twice'),
        (['x=all/a', 'x=all/b'], 'several runs are called x'),
    ],
)
def test_wrong_folders_are_refused(runs, named, message):
    with pytest.raises(InputError, match=message):
        find_work_dirs(named)
    with pytest.raises(FileNotFoundError, match='gone is no folder'):
        find_work_dirs(['gone'])


def test_tests_of_a_run_are_no_starts_of_it(tmp_path):
    write_start(tmp_path, '20260131_100000', losses(1))
    write_start(tmp_path, '20260130_100000', losses(1))
    write_start(tmp_path / 'test', '20260131_110000', losses(1))
    (tmp_path / '20260131_100000/rank1.log').write_text('')
    times = ['20260130_100000', '20260131_100000']
    assert [p.parents[1].name for p in scalar_files(tmp_path)] == times
    assert [p.stem for p in log_files(tmp_path)] == times


def test_of_several_configs_the_own_one_or_the_last_one_counts(tmp_path):
    assert config_file(tmp_path) is None
    for time in ('20260130_100000', '20260131_100000'):
        write_start(tmp_path, time, losses(1))
        (tmp_path / time / 'vis_data/config.py').write_text('')
    last = tmp_path / '20260131_100000/vis_data/config.py'
    assert config_file(tmp_path) == last
    (tmp_path / 'config.py').write_text('')
    assert config_file(tmp_path) == tmp_path / 'config.py'
