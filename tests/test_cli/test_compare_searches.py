"""``mmdmr compare_searches``, from per-query files alone."""

import csv
from pathlib import Path

import numpy as np
import pytest
from golden_predictions import arguments, changed
from tool_runner import tool


@pytest.fixture
def tables(small_data, tmp_path):
    """Per-query files of the stored embeddings and of noisy ones."""
    rng = np.random.default_rng(0)

    def noisy(feats):
        feats = feats + 0.6 * rng.standard_normal(feats.shape)
        return feats / np.linalg.norm(feats, axis=1, keepdims=True)

    paths = tmp_path / 'a.csv', tmp_path / 'b.csv'
    files = None, changed(small_data, 'prw', tmp_path, query_feats=noisy)
    for path, file in zip(paths, files):
        argv = arguments(
            small_data, 'prw', '--per-query', str(path), file=file
        )
        assert tool('score_search')(argv) == 0
    return [str(path) for path in paths]


def test_the_better_method_is_named(tables, capsys):
    capsys.readouterr()
    assert tool('compare_searches')(tables) == 0
    out = capsys.readouterr().out.splitlines()
    row = next(x for x in out if x.startswith('search.all') and 'mAP' in x)
    assert 'A is better (45 queries)' in row
    assert tool('compare_searches')(tables[::-1]) == 0
    assert 'B is better' in capsys.readouterr().out
    assert tool('compare_searches')(tables[:1] * 2) == 0
    assert 'no difference seen' in capsys.readouterr().out


def test_one_search_of_two_is_noted(tables, tmp_path, capsys):
    lines = Path(tables[0]).read_text().splitlines()
    kept = [x for x in lines if not x.startswith('search.cross-camera')]
    assert 1 < len(kept) < len(lines)
    (tmp_path / 'fewer.csv').write_text('\n'.join(kept))
    capsys.readouterr()
    assert (
        tool('compare_searches')([tables[0], str(tmp_path / 'fewer.csv')]) == 0
    )
    out = capsys.readouterr().out
    assert 'note: in one file only, not compared: search.cross-' in out


@pytest.mark.parametrize(
    'change,message',
    [
        (lambda rows: rows[:1], 'one query gives no interval'),
        (lambda rows: [*rows, rows[0]], 'is listed twice'),
        (lambda rows: [], 'the file has no row'),
        (lambda rows: [{**r, 'ap': 93} for r in rows], 'are not in'),
        (lambda rows: [{**r, 'ap': 'nan'} for r in rows], 'are not in'),
    ],
)
def test_tables_of_another_kind(tables, tmp_path, capsys, change, message):
    with open(tables[0], newline='') as file:
        rows = [r for r in csv.DictReader(file) if r['search'] == 'search.all']
    path = tmp_path / 'changed.csv'
    with open(path, 'w', newline='') as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(change(rows))
    with pytest.raises(SystemExit) as stop:
        tool('compare_searches')([str(path), str(path)])
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize('option', [['--resamples', '0'], ['--seed', '-1']])
def test_resamples_and_seed_are_checked(tables, capsys, option):
    with pytest.raises(SystemExit) as stop:
        tool('compare_searches')([*tables, *option])
    assert stop.value.code == 2
    assert '--resamples must be at least 1' in capsys.readouterr().err


def test_files_that_cannot_be_compared(tables, tmp_path, capsys):
    lines = Path(tables[0]).read_text().splitlines()
    (tmp_path / 'short.csv').write_text('\n'.join(lines[:-1]))
    (tmp_path / 'other.csv').write_text('a,b\n1,2\n')
    for name, message in (
        ('short.csv', '1 queries are in one file only'),
        ('other.csv', 'other.csv: no file of'),
        ('none.csv', 'none.csv'),
    ):
        with pytest.raises(SystemExit) as stop:
            tool('compare_searches')([tables[0], str(tmp_path / name)])
        assert stop.value.code == 2
        assert message in capsys.readouterr().err
