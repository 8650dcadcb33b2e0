"""Crops of boxes that may be anything."""

import numpy as np
import pytest
from PIL import Image

from mmdmr.errors import InputError
from mmdmr.visualization.crops import crop_person


@pytest.fixture
def picture(tmp_path):
    """100 x 50 pixels, the left half red, the right half blue."""
    image = Image.new('RGB', (100, 50), (255, 0, 0))
    image.paste((0, 0, 255), (50, 0, 100, 50))
    image.save(tmp_path / 'a.png')
    return tmp_path / 'a.png'


def test_a_crop_keeps_its_proportions(picture):
    crop = crop_person(picture, np.array([0.0, 0, 20, 40]), (80, 80))
    assert crop.size == (40, 80)
    assert crop.getpixel((20, 40)) == (255, 0, 0)


def test_what_lies_outside_is_black(picture):
    crop = crop_person(picture, np.array([80.0, 0, 120, 40]), (40, 40))
    assert crop.getpixel((5, 20)) == (0, 0, 255)
    assert crop.getpixel((35, 20)) == (0, 0, 0)


@pytest.mark.parametrize(
    'box', [[5.0, 5, 5, 5], [9, 9, 3, 3], [1e9, 1e9, 2e9, 2e9]]
)
def test_any_box_gives_a_crop(picture, box):
    crop = crop_person(picture, np.array(box), (8, 8))
    assert 1 <= crop.width <= 8 and 1 <= crop.height <= 8


def test_an_exif_rotation_is_applied(tmp_path):
    image = Image.new('RGB', (100, 50), (255, 0, 0))
    image.paste((0, 0, 255), (50, 0, 100, 50))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees to the right
    image.save(tmp_path / 'a.png', exif=exif)
    crop = crop_person(
        tmp_path / 'a.png', np.array([0.0, 0, 50, 100]), (9, 90)
    )
    assert crop.getpixel((4, 2)) == (255, 0, 0)
    assert crop.getpixel((4, 15)) == (0, 0, 255)


def test_a_file_that_is_no_image_is_named(tmp_path):
    (tmp_path / 'a.png').write_bytes(b'junk')
    with pytest.raises(InputError, match='a.png: no readable image'):
        crop_person(tmp_path / 'a.png', np.zeros(4), (8, 8))
    with pytest.raises(FileNotFoundError):
        crop_person(tmp_path / 'b.png', np.zeros(4), (8, 8))
