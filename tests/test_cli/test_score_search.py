"""``mmdmr score_search``, from files alone."""

import csv
import json
import re

import numpy as np
import pytest
from golden_predictions import SETS, arguments, changed
from tool_runner import tool


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


def test_reranked_and_expanded_rows_are_marked(small_data, tmp_path, capsys):
    out, table = tmp_path / 's.json', tmp_path / 'q.csv'
    argv = arguments(small_data, 'prw', '--out', str(out))
    argv += ['--per-query', str(table), '--rerank', '10', '3']
    assert tool('score_search')([*argv, '--expand-query', '2', '3']) == 0
    printed = capsys.readouterr().out
    assert 'Query expansion: 2 best matches, alpha 3.' in printed
    assert 'Re-ranking: k1 10, k2 3, lambda 0.3, 200 best' in printed
    scores = json.loads(out.read_text())
    keys = [
        f'search.{name}{option}'
        for name in ('all', 'cross-camera')
        for option in ('', '+qe', '+rerank', '+qe+rerank')
    ]
    assert [key for key in scores if key.startswith('search')] == keys
    assert len({scores[key]['mAP'] for key in keys[:4]}) == 4
    # The files of every query go on to the tool that compares them.
    assert tool('compare_searches')([str(table), str(table)]) == 0
    assert 'search.cross-camera+qe+rerank' in capsys.readouterr().out


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
        ('prw', ['--rerank', '0'], 'k1 must be at least 1'),
        ('prw', ['--rerank', '5.5'], "'5.5' is not a whole number"),
        ('prw', ['--rerank', '20', '6', 'x'], "'x' is not a number"),
        ('prw', ['--rerank', '300'], 'take k1 = 300 or more'),
        ('prw', ['--rerank', *'12345'], 'at most 4 values, not 5'),
        ('prw', ['--expand-query', '0'], 'k must be from 1'),
        ('prw', ['--expand-query', '3', '1', '1'], 'at most 2 values'),
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
