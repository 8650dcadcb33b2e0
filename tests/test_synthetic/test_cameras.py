"""Cameras and their effect on the light."""

import numpy as np
import pytest

from mmdmr.synthetic.backgrounds import PAINTERS
from mmdmr.synthetic.cameras import MARGIN, expose, light_map, make_camera


@pytest.mark.parametrize('kind', PAINTERS)
def test_a_background_leaves_room_to_shift_the_view(kind):
    camera = make_camera(kind, np.random.default_rng(0), 100, 50)
    height, width = camera.background.shape[:2]
    assert width == np.ceil(100 * (1 + 2 * MARGIN))
    assert height == np.ceil(50 * (1 + 2 * MARGIN))


def test_two_pictures_of_a_scene_differ_in_their_light():
    rng = np.random.default_rng(0)
    camera = make_camera('hall', rng, 100, 50)
    grey = np.full((50, 100, 3), 0.5, np.float32)
    first, second = expose(camera, grey, rng), expose(camera, grey, rng)
    assert first.dtype == np.uint8 and first.shape == grey.shape
    assert not np.array_equal(first, second)


def test_a_shadow_takes_light_away():
    light = light_map(np.random.default_rng(0), 100, 50)
    assert light.shape == (50, 100, 1)
    assert light.min() < 0.8 and light.max() <= 1
