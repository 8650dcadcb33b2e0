"""``mmdmr report``: where the page lies, and what is refused."""

import json
import sys

import pytest
from past_trainings import write_work_dir
from tool_runner import tool

from mmdmr.cli.commands import report


@pytest.fixture
def runs(tmp_path, small_data, monkeypatch):
    """Folder ``all`` of two runs in the working folder."""
    for name, momentum in (('a', 0.1), ('b', 0.2)):
        write_work_dir(tmp_path / 'all' / name, small_data, momentum)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_report_of_a_run_lies_in_its_work_dir(runs, capsys):
    assert tool('report')(['all/a', '--queries', '1', '--matches', '2']) == 0
    out, err = capsys.readouterr()
    assert out.strip().endswith('all/a/report.html')
    page = (runs / 'all/a/report.html').read_text()
    assert page.count('class="crop query"') == 2
    # What is odd about the data is told in the page and on the terminal.
    assert err.count('note: ') == page.count('class="note"') == 2
    # A second time, the report takes the place of the first one.
    assert tool('report')(['all/a']) == 0


def test_the_report_of_an_ablation_lies_in_its_folder(runs, capsys):
    assert tool('report')(['all']) == 0
    assert capsys.readouterr().out == '2 runs in all/report.html\n'
    page = (runs / 'all/report.html').read_text()
    assert 'momentum=0.1' in page and 'momentum=0.2' in page


def test_runs_named_one_by_one_are_reported_here(runs):
    assert tool('report')(['x=all/a', 'y=all/b']) == 0
    page = (runs / 'report.html').read_text()
    assert '<th scope="col">x</th><th scope="col">y</th>' in page


def test_the_data_may_have_moved(runs, small_data, capsys):
    path = runs / 'all/a/config.py'
    path.write_text(path.read_text().replace(str(small_data), 'gone'))
    tool('report')(['all/a'])
    assert 'name it with --data-root' in capsys.readouterr().err
    tool('report')(['all/a', '--data-root', str(small_data / 'PRW')])
    assert 'name it with --data-root' not in capsys.readouterr().err


@pytest.mark.parametrize(
    'argv, message',
    [
        (['gone'], 'gone is no folder'),
        (['all', '--out', 'all/a/config.py'], 'is no .html file'),
        (['all', '--out', 'all'], 'all is a folder'),
        (['all/a', '--base', 'gone.py'], 'config gone.py is neither'),
        (['all/a', '--queries', '0'], '--queries'),
    ],
)
def test_wrong_arguments_are_refused(runs, fails, argv, message):
    before = sorted(runs.rglob('*'))
    assert message in fails('report', *argv)
    assert sorted(runs.rglob('*')) == before


def test_broken_files_are_named(runs, fails):
    (path,) = runs.glob('all/a/*/vis_data/scalars.json')
    path.write_text('{}\n' + json.dumps(dict(step=1)) + '\n')
    assert f'{path.name}, line 1' in fails('report', 'all/a')


def test_without_mmengine_there_is_no_base(runs, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, 'mmdmr.config', None)
    assert tool('report')(['all/a']) == 0
    assert 'nothing to compare the settings with' in capsys.readouterr().err
    assert 'torch' not in vars(report)
