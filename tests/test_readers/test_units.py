"""Signs that boxes are not x, y, w, h in pixels."""

import numpy as np
import pytest

from mmdmr.readers.units import are_shares, like_corners, tiny_boxes


@pytest.mark.parametrize(
    'box,expected',
    [
        ([10, 10, 30, 70], True),
        ([40, 10, 30, 70], False),  # ends left of where it begins
        ([10, 80, 30, 70], False),
    ],
)
def test_corners(box, expected):
    boxes = np.tile([10, 10, 30, 70], (10, 1))
    boxes[-1] = box
    assert like_corners(boxes) == expected


def test_few_boxes_may_look_like_corners_by_chance():
    boxes = np.tile([10, 10, 30, 70], (9, 1))
    assert not like_corners(boxes)
    assert like_corners(boxes, fewest=9)


@pytest.mark.parametrize('num,expected', [(1, False), (2, True)])
def test_shares_of_the_image(num, expected):
    """More than a tenth of the boxes is smaller than a pixel."""
    sides = np.full((10, 2), 40.0)
    sides[:num] = 0.3
    assert tiny_boxes(sides).sum() == num
    assert are_shares(tiny_boxes(sides)) == expected


def test_a_side_of_one_pixel_is_not_tiny():
    sides = np.array([[0.99, 0.99], [0.5, 1.0], [1.0, 1.0]])
    assert tiny_boxes(sides).tolist() == [True, False, False]
