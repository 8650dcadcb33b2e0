"""``mmdmr score_search`` and ``compare_searches``, from files alone."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
from tool_runner import tool

SETS = {
    'cuhk': ['--dataset', 'cuhk-sysu', '--gallery-sizes', '50', '100'],
    'prw': ['--dataset', 'prw', '--cross-camera'],
}
FOLDERS = {'cuhk': 'CUHK-SYSU', 'prw': 'PRW'}


def arguments(folder, name, *more, file=None):
    return [
        *SETS[name],
        '--data-root',
        str(folder / FOLDERS[name]),
        '--detections',
        str(file or folder / f'{name}.npz'),
        *more,
    ]


@pytest.mark.parametrize('name', SETS)
def test_golden_figures_from_the_files_alone(golden, expected, name, tmp_path):
    out = tmp_path / 'new/scores.json'
    argv = arguments(golden, name, '--cbgm', '--out', str(out))
    assert tool('score_search')(argv) == 0
    scores = json.loads(out.read_text())
    rows = 0
    for key, figures in expected.items():
        data, _, what = key.partition('.')
        if data == name and what != 'reader':
            assert scores[what] == pytest.approx(figures, rel=0, abs=1e-9), key
            rows += 1
    assert rows == 6


def test_output_says_how_and_how_many(small_data, capsys):
    argv = arguments(small_data, 'prw', '--same-camera')
    assert tool('score_search')(argv) == 0
    out, err = capsys.readouterr()
    row = next(x for x in out.splitlines() if x.startswith('search.same'))
    # 45 queries, of which 27 have nobody to be found; 5 are never detected.
    assert row.split()[-3:] == ['18', '27', '5']
    assert 'as SeqNet' in out
    assert '27 of 45 queries' in err


def test_all_protocols_at_once(small_data, tmp_path):
    out = tmp_path / 'scores.json'
    argv = arguments(small_data, 'cuhk', '--strict', '--cws')
    argv = argv[argv.index('--data-root') :]
    argv += ['--dataset', 'cuhk-sysu', '--gallery-sizes', 'all']
    argv += ['--out', str(out)]
    assert tool('score_search')(argv) == 0
    assert list(json.loads(out.read_text())) == [
        *(
            f'search.{name}{option}'
            for name in ('G50', 'G100', 'full')
            for option in ('', '+cws', '+strict', '+cws+strict')
        ),
        'detection@0.5',
        'detection-labelled@0.5',
        'detection@0.01',
        'detection-labelled@0.01',
    ]


def test_per_query_figures_average_to_the_table(small_data, tmp_path):
    out, table = tmp_path / 's.json', tmp_path / 'new/q.csv'
    argv = arguments(small_data, 'prw', '--out', str(out))
    assert tool('score_search')([*argv, '--per-query', str(table)]) == 0
    scores = json.loads(out.read_text())
    with table.open(newline='') as file:
        rows = list(csv.DictReader(file))
    for key in ('search.all', 'search.cross-camera'):
        mine = [row for row in rows if row['search'] == key]
        for column, name in (('ap', 'mAP'), ('top1', 'top1')):
            mean = np.mean([float(row[column]) for row in mine])
            assert mean == pytest.approx(scores[key][name], abs=1e-12)
        for row in mine:
            assert (row['first_true'] == '1') == (row['top1'] == '1')


def changed(folder, name, tmp_path, **changes):
    arrays = dict(np.load(folder / f'{name}.npz'))
    for key, change in changes.items():
        arrays[key] = change(arrays[key])
    np.savez(tmp_path / 'changed.npz', **arrays)
    return tmp_path / 'changed.npz'


def nan_at(row):
    def change(array):
        array = array.copy()
        array[row, 0] = np.nan
        return array

    return change


@pytest.mark.parametrize(
    'changes, message',
    [
        (dict(feats=nan_at(5)), 'feats holds NaN or infinity in 1 rows'),
        (dict(query_feats=nan_at(3)), 'query_feats holds NaN.*query 3'),
        (dict(img_names=lambda a: np.append(a[:-1], 'x.jpg')), 'x.jpg'),
        (dict(feats=lambda a: a[:, :7]), '64 dimensions.*detections 7'),
        (dict(feats=lambda a: 3 * a), 'changed.npz.*unit length'),
        (dict(query_feats=lambda a: 3 * a), 'queries in .*changed.npz.*unit'),
        (dict(query_img_names=lambda a: a[0]), 'list of names'),
        (dict(query_feats=lambda a: a[0, 0]), 'a row for each'),
        (dict(dets=lambda a: a[:-1]), 'the sum of num_dets'),
        (dict(query_boxes=lambda a: a[::-1]), 'query 0 is'),
    ],
)
def test_wrong_files_end_with_one_message(
    small_data, tmp_path, changes, message, capsys
):
    file = changed(small_data, 'prw', tmp_path, **changes)
    with pytest.raises(SystemExit) as stop:
        tool('score_search')(arguments(small_data, 'prw', file=file))
    assert stop.value.code == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert re.search(message, err)


@pytest.mark.parametrize(
    'name, more, message',
    [
        ('cuhk', ['--cross-camera'], 'cameras of CUHK-SYSU'),
        ('prw', ['--gallery-sizes', '50'], '--dataset cuhk-sysu'),
        ('prw', ['--test-ann', 'x'], '--dataset coco'),
        ('prw', ['--gt'], 'lacks gt_feats'),
        ('prw', ['--cbgm', '--k1', '-1'], '1 or more'),
    ],
)
def test_options_that_do_not_fit(small_data, name, more, message, capsys):
    with pytest.raises(SystemExit) as stop:
        tool('score_search')(arguments(small_data, name, *more))
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    'size, message', [('7', "unknown protocol 'G7'"), ('big', 'name numbers')]
)
def test_gallery_sizes_that_are_not_there(small_data, size, message, capsys):
    argv = arguments(small_data, 'cuhk')
    argv[argv.index('50')] = size
    with pytest.raises(SystemExit):
        tool('score_search')(argv)
    assert message in capsys.readouterr().err


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
        (lambda rows: rows[:1], 'one query tells nothing of luck'),
        (lambda rows: [*rows, rows[0]], 'is there twice'),
        (lambda rows: [], 'there is no row'),
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
        ('other.csv', 'other.csv: is not what'),
        ('none.csv', 'none.csv'),
    ):
        with pytest.raises(SystemExit) as stop:
            tool('compare_searches')([tables[0], str(tmp_path / name)])
        assert stop.value.code == 2
        assert message in capsys.readouterr().err
