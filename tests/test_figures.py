"""The drawings of the documentation are what their scripts draw."""

import importlib
from pathlib import Path

import pytest

FIGURES = Path(__file__).parents[1] / 'docs/figures'


@pytest.fixture(autouse=True)
def path_of_figures(monkeypatch):
    monkeypatch.syspath_prepend(str(FIGURES))


@pytest.mark.parametrize(
    'name', ['average_precision', 'gallery', 'memory_queue']
)
def test_the_drawing_is_that_of_its_script(name):
    drawn = importlib.import_module(name).draw()
    assert (FIGURES / f'{name}.svg').read_text() == drawn


def test_ap_worked_by_hand():
    """Ranks 1 and 4 of five are right; two of three images are found."""
    from mmdmr.evaluation.functional import score_search

    figure = importlib.import_module('average_precision')
    detections, query, protocol = figure.example()
    metrics = score_search(detections, query[None], protocol).metrics
    assert metrics['mAP'] == (1 / 1 + 2 / 4) / 2 * 2 / 3
    assert '0.750 × 0.667 = 0.500' in figure.draw()
