"""Things in a scene."""

import numpy as np
import pytest

from mmdmr.synthetic.props import PROPS, SIZES, draw_prop


@pytest.mark.parametrize('kind', SIZES)
def test_a_thing_fills_its_size(kind):
    rgb, alpha = draw_prop(kind, np.random.default_rng(0), 100)
    width, height = SIZES[kind]
    assert alpha.shape == (int(height * 100), int(width * 100))
    assert rgb.shape == (*alpha.shape, 3)
    assert alpha[-1].any() and (alpha > 0.5).mean() > 0.2
    assert not rgb[alpha == 0].any()


def test_every_kind_stands_in_some_scene():
    assert {kind for kinds in PROPS.values() for kind in kinds} == set(SIZES)
