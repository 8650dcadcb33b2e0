"""Overlap of boxes."""

import numpy as np
import pytest

from mmdmr.structures.boxes import inside_share, iou


@pytest.mark.parametrize(
    'box, share, union',
    [
        ([0, 0, 10, 10], 1.0, 0.25),
        ([10, 10, 30, 30], 0.25, 1 / 7),
        ([20, 0, 30, 10], 0.0, 0.0),
        ([25, 25, 30, 30], 0.0, 0.0),
    ],
)
def test_overlap_by_hand(box, share, union):
    region = np.array([0, 0, 20, 20])
    assert inside_share(np.array(box), region) == share
    assert iou(np.array(box), region) == pytest.approx(union)


def test_empty_boxes_overlap_nothing():
    empty, box = np.array([5, 5, 5, 5]), np.array([0, 0, 9, 9])
    assert iou(empty, empty) == iou(empty, box) == 0
    assert inside_share(empty, box) == 0


def test_no_boxes():
    assert iou(np.empty((0, 1, 4)), np.zeros((1, 3, 4))).shape == (0, 3)
