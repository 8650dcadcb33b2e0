"""Curves over the size of the gallery."""

import json

import pytest
from gallery_scores import write_gallery_scores
from matplotlib.colors import to_hex

from mmdmr.errors import InputError
from mmdmr.visualization.gallery_curves import (
    draw_gallery_curves,
    read_curve,
    read_published_curves,
)
from mmdmr.visualization.palette import CURVES, hexadecimal


@pytest.fixture
def scores(tmp_path):
    return write_gallery_scores(tmp_path / 'scores.json')


def test_curve_is_ordered_by_size(scores):
    curve = read_curve(scores)
    assert [size for size, _ in curve['mAP']] == [50, 100, 4000, 6977]
    assert curve['mAP'][0][1] == pytest.approx(89)
    assert [y for _, y in curve['top1']] == [95] * 4
    assert len(read_curve(scores, '+cbgm')['mAP']) == 4
    assert len(read_curve(scores, '+rerank')['mAP']) == 4


def test_runs_and_published_curves_are_told_apart(scores, tmp_path):
    path = tmp_path / 'published.json'
    path.write_text(json.dumps(dict(Other={'100': [93.8, None]})))
    published = read_published_curves(path)
    figure = draw_gallery_curves(dict(mine=read_curve(scores)), published)
    left, right = figure.axes
    assert [line.get_label() for line in left.lines] == [
        'mine',
        'Other (published)',
    ]
    assert left.lines[1].get_linestyle() == '--'
    assert len(right.lines) == 1
    labels = [tick.get_text() for tick in left.get_xticklabels()]
    assert labels == ['50', '100', '4000', 'full']


def test_curves_take_the_colours_in_turn(scores):
    curve = read_curve(scores)
    figure = draw_gallery_curves({str(i): curve for i in range(7)}, {})
    colours = [to_hex(line.get_color()) for line in figure.axes[0].lines]
    assert colours == [hexadecimal(c) for c in (*CURVES, CURVES[0])]


def test_a_full_set_of_another_size(scores):
    curve = read_curve(scores, full_size=4001)
    assert [size for size, _ in curve['top1']] == [50, 100, 4000, 4001]


def test_one_gallery_size_is_no_curve(tmp_path):
    path = tmp_path / 'a.json'
    path.write_text('{"search.G50": {"mAP": 1, "top1": 1}}')
    with pytest.raises(InputError, match='a.json: holds 1 rows'):
        read_curve(path)


def test_published_metrics_are_in_percent(tmp_path):
    path = tmp_path / 'p.json'
    path.write_text('{"Other": {"100": [0.93, 0.94]}}')
    with pytest.raises(InputError, match='p.json: must be .* in percent'):
        read_published_curves(path)
