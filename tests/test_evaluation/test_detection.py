"""Recall and AP of detections, against plain loops and by hand."""

import numpy as np
import pytest
from search_reference import plain_detection, random_scene

from mmdmr.evaluation.functional import score_detection
from mmdmr.structures import Detections, GroundTruth


@pytest.mark.parametrize('seed', range(25))
@pytest.mark.parametrize('score_thr', [0.5, 0.8])
@pytest.mark.parametrize('labelled', [False, True])
def test_detection_equals_plain_loops(seed, score_thr, labelled):
    detections, _, _, ground_truth = random_scene(seed, density=0.8)
    recall, ap = plain_detection(detections, ground_truth, score_thr, labelled)
    figures = score_detection(
        detections, ground_truth, score_thr, labelled_only=labelled
    )
    assert figures == pytest.approx(dict(recall=recall, ap=ap), abs=1e-12)


@pytest.mark.parametrize(
    'box,false',
    [
        ([110, 100, 150, 200], False),  # inside
        ([60, 100, 140, 200], False),  # half inside
        ([59, 100, 139, 200], True),  # less
        ([400, 100, 450, 200], True),
    ],
)
@pytest.mark.parametrize('labelled', [False, True])
def test_detections_in_ignored_regions_are_not_false(box, false, labelled):
    person = np.array([[10.0, 10, 50, 90]])
    truth = GroundTruth(
        ('a.jpg', 'b.jpg'),
        [person, person],
        [np.array([0]), np.array([1])],
        np.array([-1, -1]),
        ignored_boxes=[np.array([[100.0, 50, 300, 250]]), np.empty((0, 4))],
    )
    detections = Detections(
        np.array([box, person[0], person[0]], dtype=float),
        np.array([0.99, 0.9, 0.8]),
        np.eye(3),
        np.array([0, 2, 3]),
    )
    found = score_detection(detections, truth, labelled_only=labelled)
    # ranked first, a false one halves and thirds the precision
    expected = (1 / 2 + 2 / 3) / 2 if false else 1
    assert found['recall'] == 1
    assert found['ap'] == pytest.approx(expected)


def test_a_person_found_in_an_ignored_region_counts():
    box = np.array([[10.0, 10, 50, 90]])
    truth = GroundTruth(
        ('a.jpg',), [box], [np.array([0])], np.array([-1]), (), [box - 1]
    )
    detections = Detections(box, np.array([0.9]), np.eye(1), np.array([0, 1]))
    assert score_detection(detections, truth) == dict(recall=1, ap=1)
