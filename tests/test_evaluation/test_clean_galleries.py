"""Repeated and own images taken out of galleries."""

import numpy as np

from mmdmr.evaluation.functional import score_search, strict_protocol
from mmdmr.structures import (
    Detections,
    Queries,
    RemainderGalleries,
    SearchProtocol,
)

BOX = [0.0, 0.0, 40.0, 100.0]
QUERIES = Queries(np.array([0, 0]), np.array([BOX, BOX]), np.array([0, 1]))


def boxes(num):
    return np.array([BOX] * num)


def test_own_and_repeated_images_by_hand():
    """Images 0 to 2 show the person; the query is from image 0.

    As listed: galleries 0, 1, 2; to be found 0, 1, 1, 2. The query's own
    image is a free hit. All three are found and nothing else: precision 1,
    recall 3/4, so AP 3/4. Strictly: galleries 1, 2; both found: AP 1.
    """
    detections = Detections(
        boxes(3), np.full(3, 0.9), np.eye(3)[[0, 0, 0]], np.arange(4)
    )
    protocol = SearchProtocol(
        'G3',
        np.array([0]),
        [np.array([0, 1, 2])],
        [np.array([0, 1, 1, 2])],
        [boxes(4)],
    )
    feats = np.eye(3)[[0, 0]]
    assert score_search(detections, feats, protocol).ap.tolist() == [0.75]
    strict = strict_protocol(protocol, QUERIES)
    assert [g.tolist() for g in strict.galleries] == [[1, 2]]
    assert score_search(detections, feats, strict).ap.tolist() == [1.0]


def test_the_box_listed_first_counts():
    protocol = SearchProtocol(
        'G2',
        np.array([0]),
        [np.array([1])],
        [np.array([1, 1])],
        [np.array([BOX, [5.0, 5.0, 6.0, 6.0]])],
    )
    strict = strict_protocol(protocol, QUERIES)
    assert strict.gt_boxes[0].tolist() == [BOX]


def test_queries_without_anything_left_are_dropped_and_counted():
    protocol = SearchProtocol(
        'G2',
        np.array([0, 1]),
        [np.array([0, 1]), np.array([0, 1])],
        [np.array([0]), np.array([1])],
        [boxes(1), boxes(1)],
        num_dropped=2,
    )
    strict = strict_protocol(protocol, QUERIES)
    assert strict.query_ids.tolist() == [1]
    assert strict.num_dropped == 3


def test_galleries_of_all_other_images():
    protocol = SearchProtocol(
        'full',
        np.array([0]),
        RemainderGalleries(5, [np.array([3, 0])], [np.array([1])]),
        [np.array([3, 3, 0])],
        [boxes(3)],
    )
    strict = strict_protocol(protocol, QUERIES)
    assert [g.tolist() for g in strict.galleries] == [[3, 2, 4]]
    assert strict.gt_img_ids[0].tolist() == [3]
    mask = np.array([False, True, False, False, False])
    masked = RemainderGalleries(5, [np.array([3, 0])], [mask])
    protocol = SearchProtocol(
        'full', np.array([0]), masked, [np.array([3])], [boxes(1)]
    )
    strict = strict_protocol(protocol, QUERIES)
    assert [g.tolist() for g in strict.galleries] == [[3, 2, 4]]
