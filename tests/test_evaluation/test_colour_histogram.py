import numpy as np
import pytest

from mmdmr.evaluation.colour_histogram import colour_histogram

RED, BLUE = (0, 0, 255), (255, 0, 0)


def _two_colours():
    img = np.zeros((40, 20, 3), np.uint8)
    img[:20] = RED
    img[20:] = BLUE
    return img


def test_a_stripe_holds_one_bin_of_its_colour():
    feat = colour_histogram(_two_colours(), [[0, 0, 20, 40]])[0]
    assert feat.dtype == np.float32 and feat.shape == (1024,)
    # Hue 0 and 120 of 180 in 8 bins: 0 and 5; saturation, value in bin 7.
    expected = np.zeros(1024)
    expected[[7 * 8 + 7, 512 + 5 * 64 + 7 * 8 + 7]] = np.sqrt(0.5)
    np.testing.assert_allclose(feat, expected, atol=1e-6)


def test_cosine_is_the_hellinger_affinity():
    img = np.zeros((8, 8, 3), np.uint8)
    img[:, :2] = RED
    img[:, 2:] = BLUE
    boxes = [[0, 0, 4, 8], [0, 0, 8, 8]]
    a, b = colour_histogram(img, boxes, stripes=1, margin=0)
    # Shares (1/2, 1/2) and (1/4, 3/4) of red and blue.
    assert a @ b == pytest.approx(np.sqrt(1 / 8) + np.sqrt(3 / 8))


def test_margin_leaves_out_the_sides():
    img = _two_colours()
    clean = colour_histogram(img, [[0, 0, 20, 40]], margin=0.25)
    img[:, :5] = img[:, 15:] = (10, 200, 90)
    np.testing.assert_array_equal(
        colour_histogram(img, [[0, 0, 20, 40]], margin=0.25), clean
    )
    assert (colour_histogram(img, [[0, 0, 20, 40]]) != clean).any()


@pytest.mark.parametrize(
    'box', [(5, 5, 5, 30), (30, 0, 50, 40), (-20, -20, -1, -1), (8, 9, 3, 20)]
)
def test_box_without_pixels_gives_zeros(box):
    feats = colour_histogram(_two_colours(), [box, (0, 0, 20, 40)])
    assert not feats[0].any()
    assert np.linalg.norm(feats[1]) == pytest.approx(1)


def test_boxes_are_clipped_and_not_changed():
    img = _two_colours()
    boxes = np.array([[0, -40, 20, 20], [0, 0, 20, 20]], np.float32)
    kept = boxes.copy()
    a, b = colour_histogram(img, boxes)
    np.testing.assert_array_equal(boxes, kept)
    np.testing.assert_allclose(a, b)


def test_no_boxes():
    assert colour_histogram(_two_colours(), np.zeros((0, 4))).shape == (
        0,
        1024,
    )


def test_refuses_float_images():
    with pytest.raises(ValueError, match='uint8'):
        colour_histogram(np.zeros((4, 4, 3), np.float32), [[0, 0, 4, 4]])
