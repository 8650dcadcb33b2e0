"""Boxes and labels in scenes of any size."""

import numpy as np
import pytest
from search_hits import make_hit

from mmdmr.visualization import draw_hit_scene, draw_query_scene
from mmdmr.visualization.palette import QUERY, RIGHT, UNJUDGED

GREY = (120, 120, 120)


def draw(size, box, **changes):
    scene = np.full((size[1], size[0], 3), 120, np.uint8)
    hit = make_hit(box=np.array(box, float), verdict='likely', **changes)
    return draw_hit_scene(scene, hit, 7)


def mask_of(picture, colour):
    return (np.asarray(picture) == colour).all(axis=2)


def test_the_frame_lies_around_the_person():
    picture = draw((640, 480), (200, 100, 300, 400))
    frame = mask_of(picture, RIGHT)
    assert not frame[100:400, 200:300].any()
    assert frame[250, 190:200].any() and frame[250, 300:310].any()
    assert frame[400:410, 250].any()
    assert not frame[250, :180].any() and not frame[250, 320:].any()


def test_a_label_stands_above_the_box_or_inside_the_image():
    above = mask_of(draw((640, 480), (200, 100, 300, 400)), RIGHT)
    assert above[76, 200:260].all()  # the margin above the letters
    below = mask_of(draw((640, 480), (200, 5, 300, 400)), RIGHT)
    assert not below[50:395, 205:295].any()
    assert below[408, 200:260].all()
    right = mask_of(draw((640, 480), (630, 100, 640, 200)), RIGHT)
    assert right[80].any() and right[80].nonzero()[0].max() == 639


def test_the_scene_itself_stays():
    picture = draw((640, 480), (200, 100, 300, 400))
    assert picture.size == (640, 480)
    assert picture.getpixel((250, 250)) == picture.getpixel((5, 5)) == GREY


def test_a_large_scene_is_scaled_down_with_its_box():
    picture = draw((4800, 3200), (2400, 1200, 3000, 3000))
    assert picture.size == (1600, 1067)
    inside = picture.crop((800, 400, 1000, 1000))
    assert not mask_of(inside, RIGHT).any()
    columns = mask_of(picture, RIGHT)[700].nonzero()[0]
    assert columns.min() >= 780 and columns.max() <= 1020


def test_the_frame_is_wider_in_a_larger_scene():
    def width(size):
        picture = draw(size, (size[0] // 3, size[1] // 3, *size))
        return mask_of(picture, RIGHT)[size[1] // 2].sum()

    assert width((320, 240)) < width((1500, 1000))


@pytest.mark.parametrize(
    'box',
    [
        (0, 0, 640, 480),
        (-50, -50, 700, 600),
        (700, 500, 800, 600),
        (-200, -200, -100, -100),
        (50, 50, 50, 50),
        (50, 50, 20, 20),
        (1e9, 1e9, 2e9, 2e9),
    ],
)
@pytest.mark.parametrize(
    'size', [(640, 480), (1, 1), (3, 2000), (2000, 3), (20, 20)]
)
def test_any_box_in_any_scene(box, size):
    picture = draw(size, box, similarity=-1.0)
    assert max(picture.size) <= 1600
    if min(size) > 2:
        assert mask_of(picture, RIGHT).any()


def test_colours_tell_the_query_from_hits():
    scene = np.zeros((100, 100, 3), np.uint8)
    box = np.array([30.0, 40, 60, 90])
    query = draw_query_scene(scene, box)
    assert mask_of(query, QUERY).any() and not mask_of(query, RIGHT).any()
    hit = draw_hit_scene(scene, make_hit(box=box), 1)
    assert mask_of(hit, UNJUDGED).any() and not mask_of(hit, QUERY).any()
