"""Drawing one person."""

from dataclasses import replace

import numpy as np
import pytest

from mmdmr.synthetic.appearance import (
    BAGS,
    HAIRCUTS,
    HATS,
    LOWER_KINDS,
    PATTERNS,
    random_appearance,
)
from mmdmr.synthetic.people import draw_person
from mmdmr.synthetic.pose import Pose

LOOK = replace(
    random_appearance(np.random.default_rng(0)),
    upper='red',
    second='white',
    lower='blue',
    logo='none',
    bag_colour='yellow',
    hat_colour='green',
)
POSES = [Pose(yaw, 1.0, 0.4) for yaw in (0, np.pi / 2, np.pi)]


@pytest.mark.parametrize(
    'field,values',
    [
        ('pattern', PATTERNS),
        ('lower_kind', LOWER_KINDS),
        ('haircut', HAIRCUTS),
        ('hat', HATS),
        ('bag', BAGS),
        ('long_sleeves', (True, False)),
        ('logo', ('none', 'black')),
    ],
)
def test_each_cue_shows_from_the_front_or_from_behind(field, values):
    pictures = []
    for value in values:
        look = replace(LOOK, **{field: value})
        drawn = [draw_person(look, pose, 60)[0] for pose in POSES]
        pictures.append(np.stack(drawn))
    for i, a in enumerate(pictures):
        for b in pictures[:i]:
            assert not np.array_equal(a, b), field


@pytest.mark.parametrize('pose', POSES)
def test_a_person_stands_upright_on_a_transparent_ground(pose):
    rgb, alpha = draw_person(LOOK, pose, 80)
    assert rgb.dtype == alpha.dtype == np.float32
    assert rgb.min() >= 0 and rgb.max() <= 1
    # Colours are multiplied by coverage.
    assert not rgb[alpha == 0].any()
    rows, columns = np.nonzero(alpha > 0.5)
    assert 70 <= np.ptp(rows) <= 90
    assert np.ptp(columns) < np.ptp(rows)
