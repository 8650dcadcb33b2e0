"""``mmdmr demo``: its stages, its table and its bounds."""

import json
import subprocess

import pytest
from tool_runner import tool

from mmdmr.benchmark.bounds import check_bounds
from mmdmr.cli.commands import demo
from mmdmr.cli.main import build_parser


def scores(**changes):
    search = dict(mAP=0.9, top1=0.95, top5=1.0, top10=1.0)
    weak = dict(mAP=0.2, top1=0.3, top5=0.4, top10=0.5)
    rows = dict(
        trained={
            'search.full': search,
            'search.full+gt': search,
            'detection@0.5': dict(recall=0.97, ap=0.95),
        },
        untrained={'search.full+gt': weak},
        histogram={'search.full+gt': weak},
    )
    for row, (figures, key, value) in changes.items():
        rows[row][figures] = {**rows[row][figures], key: value}
    return rows


@pytest.mark.parametrize(
    'changes,code',
    [
        ({}, 0),
        (dict(trained=('search.full', 'mAP', 0.79)), 1),
        (dict(trained=('detection@0.5', 'recall', 0.89)), 1),
        (dict(untrained=('search.full+gt', 'top1', 0.6)), 1),
        (dict(histogram=('search.full+gt', 'mAP', 0.55)), 1),
    ],
)
def test_demo_checks_its_bounds(changes, code):
    judged = check_bounds(scores(**changes), demo.BOUNDS)
    assert int(not all(holds for holds, _ in judged)) == code
    assert any('FAILED' in line for _, line in judged) == bool(code)


def test_demo_collects_rows_and_prints_them(tmp_path, capsys):
    for row, figures in scores().items():
        (tmp_path / f'{row}.json').write_text(json.dumps(figures))
    demo._print_table(demo._collect(tmp_path))
    flat = json.loads((tmp_path / 'scores.json').read_text())
    assert flat['search.full']['mAP'] == 0.9
    assert flat['histogram.search.full+gt']['mAP'] == 0.2
    out = capsys.readouterr().out
    assert out.count('trained network') == 3 and '0.970' in out


@pytest.mark.parametrize(
    'argv, command',
    [
        ([], 'mmdmr demo_app'),
        (['--work-dir', 'a b'], "mmdmr demo_app --work-dir 'a b'"),
        (['--data-root', 'd'], 'mmdmr demo_app --data-root d'),
    ],
)
def test_the_end_names_the_page_of_the_results(argv, command, monkeypatch):
    monkeypatch.setattr(demo.shutil, 'which', lambda name: f'/bin/{name}')
    args = build_parser('demo').parse_args(argv)
    assert demo._app_command(args) == command


def test_the_page_is_named_in_an_environment_that_is_not_entered(
    tmp_path, monkeypatch
):
    (tmp_path / '.venv/bin').mkdir(parents=True)
    (tmp_path / '.venv/bin/mmdmr').touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(demo.shutil, 'which', lambda name: None)
    python = str(tmp_path / '.venv/bin/python')
    monkeypatch.setattr(demo.sys, 'executable', python)
    args = build_parser('demo').parse_args([])
    assert demo._app_command(args) == '.venv/bin/mmdmr demo_app'


@pytest.fixture
def calls(tmp_path, monkeypatch):
    """Commands of the stages; the training fails."""
    monkeypatch.chdir(tmp_path)
    calls = []

    def call(command):
        calls.append(command[3:])
        return 3 if command[3] == 'train' else 0

    monkeypatch.setattr(subprocess, 'call', call)
    return calls


def test_a_stage_that_fails_ends_the_demo(calls, capsys):
    assert tool('demo')(['--overwrite']) == 3
    assert [c[0] for c in calls] == [
        'make_synthetic',
        'score_histogram',
        'test',
        'train',
    ]
    assert calls[-1][-1] == '--overwrite'
    out, err = capsys.readouterr()
    assert '=== 4/7 Training (about 8 minutes) ===' in out
    assert '"train" failed' in err


def test_scenes_that_are_there_are_used_again(calls, tmp_path):
    (tmp_path / 'scenes/annotation').mkdir(parents=True)
    assert tool('demo')(['--data-root', 'scenes', '--resume']) == 3
    assert [c[0] for c in calls] == ['score_histogram', 'test', 'train']
    assert all('scenes' in c for c in calls)
