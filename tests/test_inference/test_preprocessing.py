"""Images into networks, against plain loops."""

import cv2
import numpy as np
import pytest

from mmdmr.errors import InputError
from mmdmr.inference.description import InputSettings
from mmdmr.inference.preprocessing import (
    check_image,
    crop,
    normalise,
    resize,
)


def random_image(height, width, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3)).astype(np.uint8)


@pytest.mark.parametrize('size', [(60, 100), (100, 60), (33, 71), (80, 80)])
@pytest.mark.parametrize('kind', ['letterbox', 'letterbox-centre', 'stretch'])
def test_a_box_finds_its_place_again(size, kind):
    """A white rectangle is found in the input and brought back."""
    width, height = size
    image = np.zeros((height, width, 3), np.uint8)
    box = np.array([[0.25 * width, 0.5 * height, 0.75 * width, height]])
    x1, y1, x2, y2 = box[0].astype(int)
    image[y1:y2, x1:x2] = 255
    settings = InputSettings((160, 120), kind, 'bgr', fill=0)
    resized, place = resize(image, settings)
    assert resized.shape == (120, 160, 3) and resized.dtype == np.uint8
    rows, columns = np.nonzero(resized[..., 0] > 127)
    found = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    back = place.to_image(np.array([found], float))[0]
    # half a pixel of the input either way
    assert np.abs(back - [x1, y1, x2, y2]).max() < 0.6 / min(place.scale)


def test_letterbox_keeps_the_ratio_and_fills():
    image = np.zeros((50, 100, 3), np.uint8)
    top_left, place = resize(
        image, InputSettings((40, 40), 'letterbox', 'bgr', fill=7)
    )
    assert (top_left[:20] == 0).all() and (top_left[20:] == 7).all()
    assert place.offset == (0, 0)
    centre, place = resize(
        image, InputSettings((40, 40), 'letterbox-centre', 'bgr', fill=7)
    )
    assert (centre[10:30] == 0).all() and place.offset == (0, 10)
    assert (centre[:10] == 7).all() and (centre[30:] == 7).all()


def test_one_pixel_and_slivers_are_resized():
    for shape in ((1, 1), (1, 500), (500, 1)):
        image = np.zeros((*shape, 3), np.uint8)
        for kind in ('letterbox', 'letterbox-centre', 'stretch'):
            resized, _ = resize(image, InputSettings((32, 16), kind, 'bgr'))
            assert resized.shape == (16, 32, 3)


def test_interpolation_is_that_of_the_description():
    image = random_image(64, 64)
    for name, flag in (('area', cv2.INTER_AREA), ('cubic', cv2.INTER_CUBIC)):
        settings = InputSettings((16, 16), 'stretch', 'bgr', 0, name)
        expected = cv2.resize(image, (16, 16), interpolation=flag)
        assert (resize(image, settings)[0] == expected).all()


@pytest.mark.parametrize('layout', ['nchw', 'nhwc'])
@pytest.mark.parametrize('colours', ['bgr', 'rgb'])
def test_normalisation_against_a_loop(layout, colours):
    images = [random_image(3, 4, seed) for seed in (1, 2)]
    settings = InputSettings(
        (4, 3),
        'stretch',
        colours,
        divide_by=255.0,
        mean=(0.1, 0.2, 0.3),
        std=(0.5, 0.6, 0.7),
        layout=layout,
    )
    inputs = normalise(images, settings)
    assert inputs.dtype == np.float32 and inputs.flags.c_contiguous
    for n, image in enumerate(images):
        for y in range(3):
            for x in range(4):
                for c in range(3):
                    pixel = image[y, x, c if colours == 'bgr' else 2 - c]
                    wanted = (pixel / 255 - settings.mean[c]) / settings.std[c]
                    where = (n, c, y, x) if layout == 'nchw' else (n, y, x, c)
                    assert inputs[where] == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize('dtype', ['float32', 'float16', 'uint8'])
def test_types_of_inputs(dtype):
    image = random_image(3, 4)
    inputs = normalise(
        [image], InputSettings((4, 3), 'stretch', 'bgr', dtype=dtype)
    )
    assert inputs.dtype == dtype
    assert (inputs[0].transpose(1, 2, 0) == image).all()


def test_crops_have_a_pixel_and_lie_inside():
    image = random_image(50, 100)
    boxes = np.array(
        [
            [10.4, 5.6, 20.4, 9.6],
            [-5.0, -5.0, 3.0, 4.0],
            [99.6, 49.7, 120.0, 80.0],
            [7.2, 8.2, 7.3, 8.3],
        ]
    )
    crops = crop(image, boxes)
    assert (crops[0] == image[6:10, 10:20]).all()
    assert (crops[1] == image[:4, :3]).all()
    assert (crops[2] == image[49:, 99:]).all()
    assert crops[3].shape == (1, 1, 3)
    assert crop(image, np.empty((0, 4))) == []


@pytest.mark.parametrize(
    'box',
    [
        [100, 0, 120, 50],
        [-9, 0, 0, 50],
        [5, 5, 5, 9],
        [9, 5, 5, 9],
        [0, 0, np.nan, 9],
    ],
)
def test_boxes_without_a_pixel_are_refused(box):
    image = random_image(50, 100)
    boxes = np.array([[0, 0, 9, 9], box], float)
    with pytest.raises(InputError, match='outside of the image of 100 x 50'):
        crop(image, boxes)


@pytest.mark.parametrize(
    'image',
    [
        None,
        'a.jpg',
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 4, 3), np.float32),
    ],
)
def test_other_arrays_are_no_images(image):
    with pytest.raises(InputError, match=r'\(h, w, 3\) uint8'):
        check_image(image)
