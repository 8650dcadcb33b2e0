"""Verifying boxes against their images."""

import numpy as np
import pytest
from own_data import content_of, rotate, verify_boxes, verify_own, write_files
from PIL import Image


@pytest.mark.parametrize(
    'box, is_error',
    [
        ([-5, 10, 20, 40], False),
        ([70, 30, 10, 32], False),
        ([80, 10, 20, 40], True),
        ([10, -50, 20, 50], True),
    ],
)
def test_boxes_that_leave_their_image(root, box, is_error):
    train = content_of([1, 2, 3], [1, 2, 1])
    train['annotations'][0]['bbox'] = box
    write_files(root, train=train)
    report = verify_own(root)
    assert bool(report.errors) == is_error
    lines = report.errors if is_error else report.notes
    assert any('1.jpg' in line and 'training boxes' in line for line in lines)


def test_annotations_for_the_unrotated_image_are_wrong(root):
    rotate(root / 'images/1.jpg')
    train = content_of([1, 2, 3], [1, 2, 1])
    train['images'][0].update(width=60, height=80)
    write_files(root, train=train)
    (error,) = verify_own(root).errors
    assert '1.jpg (annotated for 60x80, is 80x60 after the EXIF' in error


def test_corners_in_place_of_sizes(root):
    report = verify_boxes(
        root, [20, 10, 60, 55], [30, 5, 79, 50], [9, 9, 70, 58]
    )
    (said,) = report.errors
    assert 'training boxes look like x1, y1, x2, y2' in said
    # some persons at a border are none
    report = verify_boxes(
        root, [60, 10, 30, 40], [30, 5, 20, 50], [9, 9, 30, 48]
    )
    assert report.errors == []


@pytest.mark.parametrize('num_beyond, is_error', [(2, False), (3, True)])
def test_more_than_half_of_the_boxes_leave_their_images(
    root, num_beyond, is_error
):
    """Read as corners, all four boxes would fit images of 80 x 60."""
    Image.new('RGB', (80, 60), 'red').save(root / 'images/8.jpg')
    value = content_of([1, 2, 3, 8], [1, 2, 1, 2])
    for ann in value['annotations'][:num_beyond]:
        ann['bbox'] = [30, 5, 79, 50]
    for ann in value['annotations'][num_beyond:]:
        ann['bbox'] = [10, 5, 40, 50]
    write_files(root, train=value)
    assert (
        any('look like x1' in error for error in verify_own(root).errors)
        == is_error
    )


def test_per_cent_in_place_of_pixels(root):
    for number in range(1, 8):
        Image.new('RGB', (640, 480)).save(root / f'images/{number}.jpg')
    values = [[5, 5, 20, 60], [50, 20, 30, 75], [80, 10, 20, 50]]
    value = content_of([1, 2, 3], [1, 2, 1])
    for image in value['images']:
        image.update(width=640, height=480)
    for ann, box in zip(value['annotations'], values):
        ann['bbox'] = box
    write_files(root, train=value)
    assert any('per cent' in note for note in verify_own(root).notes)


@pytest.mark.parametrize('corners', [True, False])
def test_corners_that_fit_their_images(root, corners):
    """Too few reach beyond an image to be sure."""
    numbers = range(11, 23)
    for number in numbers:
        noise = np.full((60, 80, 3), 9 * number, dtype=np.uint8)
        Image.fromarray(noise).save(root / f'images/{number}.jpg')
    value = content_of(numbers, [n // 3 for n in numbers])
    for ann in value['annotations']:
        ann['bbox'] = [5, 4, 25, 50] if corners else [30, 4, 25, 50]
    write_files(root, train=value)
    report = verify_own(root)
    assert report.errors == []
    assert any('like x1, y1' in r for r in report.notes) == corners
