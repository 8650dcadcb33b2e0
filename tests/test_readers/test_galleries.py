"""Galleries of all test images, restricted by camera at most."""

import numpy as np
import pytest

from mmdmr.readers.galleries import appearances, camera_protocol
from mmdmr.structures import GroundTruth, Queries

BOXES = np.array([[0.0, 0, 5, 9], [10, 0, 15, 9]])


@pytest.fixture
def truth():
    """Person 0 in images 0 to 2, twice in image 2; image 3 is for queries."""
    return GroundTruth(
        img_names=('0.jpg', '1.jpg', '2.jpg', '3.jpg'),
        boxes=[BOXES[:1], BOXES[:1], BOXES, BOXES[:1]],
        person_ids=[np.array(ids) for ids in ([0], [0], [0, 0], [0])],
        cam_ids=np.array([1, 2, 1, 2]),
        in_gallery=np.array([True, True, True, False]),
    )


def test_the_first_box_of_an_identity_counts(truth):
    images, boxes = appearances(truth)[0]
    assert images.tolist() == [0, 1, 2, 3]
    assert boxes[2].tolist() == BOXES[0].tolist()


@pytest.mark.parametrize(
    'name,gallery,positives',
    [
        ('all', [1, 2], [1, 2]),
        ('cross-camera', [1], [1]),
        ('same-camera', [2], [2]),
    ],
)
def test_the_own_image_and_cameras_are_excluded(
    truth, name, gallery, positives
):
    queries = Queries(np.array([0]), BOXES[:1], np.array([0]))
    protocol = camera_protocol(name, truth, queries)
    assert protocol.galleries[0].tolist() == gallery
    assert protocol.gt_img_ids[0].tolist() == positives
    assert protocol.num_dropped == 0


def test_a_query_without_a_positive_is_dropped(truth):
    queries = Queries(np.array([0, 0]), BOXES, np.array([0, 5]))
    protocol = camera_protocol('all', truth, queries)
    assert protocol.query_ids.tolist() == [0]
    assert protocol.num_dropped == 1
