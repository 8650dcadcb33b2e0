"""Differences of two models' detections, worked out by hand."""

import numpy as np
import pytest

from mmdmr.benchmark.agreement import compare_detections
from mmdmr.errors import InputError
from mmdmr.structures import Detections

BOXES = np.array([[0.0, 0, 40, 90], [60, 0, 100, 90], [0, 0, 30, 30]])
SCORES = np.array([0.9, 0.8, 0.7])
FEATS = np.array([[1.0, 0], [0, 1], [0.6, 0.8]])


def detections(rows=(0, 1, 2), counts=(2, 1), boxes=BOXES, feats=FEATS):
    rows = list(rows)
    return Detections.from_counts(
        boxes[rows], SCORES[rows], feats[rows], list(counts)
    )


def test_the_same_detections_in_another_order():
    found = compare_detections(detections(), detections((1, 0, 2)))
    assert found == (3, 0, 0, 0, pytest.approx(1))


def test_differences_are_the_greatest():
    boxes = BOXES.copy()
    boxes[1, 3] += 0.75
    boxes[2, 0] -= 0.25
    feats = FEATS * 2
    feats[2] = [0.8, 0.6]
    second = detections(boxes=boxes, feats=feats)
    second.scores[0] = 0.875
    found = compare_detections(detections(), second)
    assert found[:2] == (3, 0)
    assert found[2:] == pytest.approx((0.75, 0.025, 0.96))


def test_persons_of_other_images_do_not_match():
    found = compare_detections(detections(), detections(counts=(1, 2)))
    assert found.num_matched == 2 and found.num_unmatched == 2


def test_a_box_elsewhere_has_no_partner():
    boxes = BOXES.copy()
    boxes[0] += 25
    found = compare_detections(detections(), detections(boxes=boxes))
    assert found[:3] == (2, 2, 0)


def test_nothing_is_compared():
    none = detections((), (0, 0))
    assert compare_detections(none, none) == (0, 0, 0, 0, 1)
    assert compare_detections(none, detections())[:2] == (0, 3)


def test_what_cannot_be_compared():
    with pytest.raises(InputError, match='of 2 and of 1 images'):
        compare_detections(detections(), detections((0, 1, 2), (3,)))
    longer = detections(feats=np.eye(3))
    with pytest.raises(InputError, match='length 2 and of length 3'):
        compare_detections(detections(), longer)
