"""Where else is the person of a picture?"""

import json
from pathlib import Path

import pytest
from photo_folder import FIRST, index, make_photo_folder
from tool_runner import tool

from mmdmr.cli.main import build_parser
from mmdmr.cli.search_options import time_range


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_photo_folder(tmp_path)
    return tmp_path


def search(*more):
    argv = ['--query', 'anna.png', '--gallery', 'g', '--out', 'found', *more]
    assert tool('search_person')(argv) == 0
    content = json.loads(Path('found/hits.json').read_text())
    return [
        [hit['path'] for hit in query['hits']] for query in content['queries']
    ]


def test_from_a_folder_to_a_sheet(folder, capsys):
    assert index() == 0
    out = capsys.readouterr().out
    assert 'two, trained on nothing' in out
    assert '6 persons added from 3 pictures and frames; files: 3 new' in out
    red = search(*FIRST, '--top-k', '2')
    assert sorted(red[0]) == ['c1_a.png', 'c2_a.png']
    out = capsys.readouterr().out
    assert 'trained on nothing' in out and 'uncalibrated' in out
    assert '2 hits of 6 persons' in out
    names = sorted(path.name for path in (folder / 'found/scenes').iterdir())
    assert len(names) == 3  # the query and two hits
    assert (folder / 'found/hits.png').stat().st_size > 1000
    # Every detected person, without a box.
    assert len(search()) == 2


def test_cameras_of_a_regular_expression(folder, capsys):
    index('--camera', 'c(\\d)_')
    found = search('--cameras', '2', *FIRST)
    assert found == [['c2_a.png', 'c2_a.png']]
    with pytest.raises(SystemExit):
        search('--cameras', '7')
    assert "no camera is called '7'" in capsys.readouterr().err


def test_expansion_and_reranking(folder, capsys):
    index()
    plain = search(*FIRST)
    assert set(plain[0][:2]) == {'c1_a.png', 'c2_a.png'}
    other = search(*FIRST, '--expand-query', '1', '3', '--rerank')
    assert sorted(other[0]) == sorted(plain[0])
    out = capsys.readouterr().out
    assert 'expanded query' in out and 're-ranking' in out


@pytest.mark.parametrize(
    'argv, message',
    [
        (
            ['--gallery', 'g', '--out', 'found'],
            'there is no gallery g; name another one, or make it',
        ),
        (
            ['--gallery', 'g', '--out', 'found', '--checkpoint', 'a.pth'],
            '--mo',
        ),
    ],
)
def test_no_model(folder, capsys, argv, message):
    with pytest.raises(SystemExit):
        tool('search_person')(['--query', 'anna.png', *argv])
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    'more, message',
    [
        (['--box', '1,2,3'], 'X1,Y1,X2,Y2'),
        (['--box', '90,0,120,40'], 'holds no pixel'),
        (['--query', 'none.png'], 'none.png'),
        (['--query', 'two.yaml'], 'two.yaml'),
        (['--from', 'noon'], 'h:mm:ss'),
        (['--from', '20', '--to', '10'], 'before it begins'),
        (['--expand-query', '1.5'], 'not a whole number'),
        (['--out', 'photos'], 'photos'),
        (['--gallery', 'photos'], 'photos'),
    ],
)
def test_wrong_arguments(folder, capsys, more, message):
    index()
    before = sorted(folder.rglob('*'))
    with pytest.raises(SystemExit):
        search(*more)
    assert message in capsys.readouterr().err
    assert not (folder / 'found').exists()
    assert [p for p in before if not p.exists()] == []


@pytest.mark.parametrize(
    'end, seconds',
    [
        ('1970-01-02', 2 * 86400 - 1e-6),
        ('1970-01-02T12:00', 1.5 * 86400),
        ('1:30', 90),
    ],
)
def test_a_day_lasts_to_its_end(end, seconds):
    argv = ['--gallery', 'g', '--query', 'a.png', '--out', 'o', '--to', end]
    args = build_parser('search_person').parse_args(argv)
    assert time_range(args) == (None, pytest.approx(seconds, abs=1e-6))
