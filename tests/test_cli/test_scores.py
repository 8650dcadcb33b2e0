"""Tools that score or draw without a network."""

import json

import pytest
from PIL import Image

from mmdmr.cli import demo, plot_ranking, score_histogram

CONFIG = 'dmrnet_faster-rcnn_r50_fpn_1x_prw.py'


def test_plot_ranking_of_dumped_results(small_data, tmp_path, capsys):
    out = tmp_path / 'sheets/ranking.png'
    assert (
        plot_ranking.main(
            [
                CONFIG,
                str(small_data / 'prw.npz'),
                '--data-root',
                str(small_data / 'PRW'),
                '--out',
                str(out),
                '--queries',
                '4',
            ]
        )
        == 0
    )
    assert '4 of 45 queries' in capsys.readouterr().out
    with Image.open(out) as sheet:
        assert sheet.width > 800 and sheet.height > 300


@pytest.mark.parametrize(
    'argv,message',
    [
        (['--protocol', 'full'], 'protocol full was not read, only all'),
        (['--data-root', 'nowhere'], 'nowhere'),
    ],
)
def test_plot_ranking_of_wrong_input(small_data, argv, message, capsys):
    with pytest.raises(SystemExit) as error:
        plot_ranking.main(
            [
                CONFIG,
                str(small_data / 'prw.npz'),
                '--data-root',
                str(small_data / 'PRW'),
                *argv,
            ]
        )
    assert error.value.code == 2
    assert message in capsys.readouterr().err


def test_histograms_of_flat_images_find_nobody(small_data, tmp_path):
    """Every box has its image's one colour: ranks are by chance."""
    out = tmp_path / 'scores.json'
    assert (
        score_histogram.main(
            [CONFIG, '--data-root', str(small_data / 'PRW'), '--out', str(out)]
        )
        == 0
    )
    scores = json.loads(out.read_text())
    assert list(scores) == ['search.all+gt', 'search.cross-camera+gt']
    assert 0 < scores['search.all+gt']['mAP'] < 0.3


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
def test_demo_checks_its_bounds(changes, code, capsys):
    assert demo._check(scores(**changes)) == code
    assert ('FAILED' in capsys.readouterr().out) == bool(code)


def test_demo_collects_rows_and_prints_them(tmp_path, capsys):
    for row, figures in scores().items():
        (tmp_path / f'{row}.json').write_text(json.dumps(figures))
    demo._print_table(demo._collect(tmp_path))
    flat = json.loads((tmp_path / 'scores.json').read_text())
    assert flat['search.full']['mAP'] == 0.9
    assert flat['histogram.search.full+gt']['mAP'] == 0.2
    out = capsys.readouterr().out
    assert out.count('trained network') == 3 and '0.970' in out
