"""Match of boxes by overlap."""

import numpy as np
from search_reference import plain_iou

from mmdmr.evaluation.functional.matching import (
    iou,
    iou_threshold,
    mutual_best,
)


def test_iou_equals_plain_loops():
    rng = np.random.default_rng(2)
    corners = rng.integers(0, 20, (30, 2))
    boxes = np.concatenate(
        [corners, corners + rng.integers(1, 20, (30, 2))], axis=1
    )
    expected = [[plain_iou(a, b) for b in boxes] for a in boxes]
    np.testing.assert_allclose(iou(boxes[:, None], boxes[None]), expected)
    assert iou(np.zeros(4), np.zeros(4)) == 0


def test_iou_of_narrow_integers_does_not_wrap():
    box = np.array([0, 0, 200, 200], dtype=np.uint8)
    assert iou(box, box) == 1.0
    assert iou_threshold(box) == 0.5


def test_mutual_best_takes_the_first_on_ties():
    assert mutual_best(np.array([[0.8, 0.8]])).tolist() == [True, False]
    assert mutual_best(np.array([[0.8], [0.8]])).tolist() == [True]
    assert mutual_best(np.array([[0.5]])).tolist() == [True]
    assert mutual_best(np.array([[0.49]])).tolist() == [False]
