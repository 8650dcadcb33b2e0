"""The drawings of the documentation are what their scripts draw."""

import runpy
from pathlib import Path

import pytest

from mmdmr.evaluation.functional import score_search

FIGURES = Path(__file__).parents[1] / 'docs/figures'


@pytest.fixture
def script(monkeypatch):
    """Names of a script, which takes its shapes from beside it."""
    monkeypatch.syspath_prepend(str(FIGURES))
    return lambda name: runpy.run_path(str(FIGURES / f'{name}.py'))


@pytest.mark.parametrize(
    'name', ['average_precision', 'gallery', 'memory_queue']
)
def test_the_drawing_is_that_of_its_script(name, script):
    drawn = script(name)['draw']()
    assert (FIGURES / f'{name}.svg').read_text() == drawn


def test_ap_worked_by_hand(script):
    """Ranks 1 and 4 of five are right; two of three images are found."""
    figure = script('average_precision')
    detections, query, protocol = figure['example']()
    metrics = score_search(detections, query[None], protocol).metrics
    assert metrics['mAP'] == (1 / 1 + 2 / 4) / 2 * 2 / 3
    assert '0.750 × 0.667 = 0.500' in figure['draw']()
