"""The canvas on which the parts of a body are laid."""

import numpy as np
import pytest

from mmdmr.synthetic.canvas import BOTTOM, HALF_WIDTH, TOP, Canvas


@pytest.fixture
def canvas():
    return Canvas(100)


def test_body_coordinates_count_from_between_the_feet(canvas):
    columns, rows = canvas.pixels([(0, 0), (0, 1)]).T
    assert columns.tolist() == [HALF_WIDTH * canvas.scale] * 2
    assert rows.tolist() == [
        round(TOP * canvas.scale),
        round((TOP - 1) * canvas.scale),
    ]


def test_a_later_part_lies_over_an_earlier_one(canvas):
    red, blue = np.float32([1, 0, 0]), np.float32([0, 0, 1])
    canvas.lay(canvas.ellipse((0, 0.5), 0.2, 0.2), red, 0)
    canvas.lay(canvas.ellipse((0, 0.5), 0.1, 0.1), blue, 0)
    rgb, alpha = canvas.picture()
    assert rgb.shape == (*alpha.shape, 3)
    assert alpha.shape == (np.ceil((TOP + BOTTOM) * 100), HALF_WIDTH * 200)
    middle, rim = rgb[56, 48], rgb[56, 48 + 15]
    assert middle[2] > 0.5 and middle[0] == 0
    assert rim[0] > 0.5 and rim[2] == 0
    assert alpha[56, 48] == 1 and alpha[5, 5] == 0


def test_a_part_may_be_kept_inside_another(canvas):
    inside = canvas.ellipse((0, 0.5), 0.1, 0.1) > 0
    everywhere = canvas.polygon([(-0.4, 0), (0.4, 0), (0.4, 1), (-0.4, 1)])
    canvas.lay(everywhere, np.float32([1, 1, 1]), over=inside)
    assert ((canvas.alpha > 0) == inside).all()


def test_a_limb_tapers(canvas):
    limb = canvas.limb([(0, 0.2), (0, 0.8)], [0.1, 0.02]) > 0
    rows = canvas.pixels([(0, 0.25), (0, 0.75)])[:, 1]
    lower, upper = limb[rows].sum(axis=1)
    assert lower > 3 * upper > 0
