"""What the comparison of two embedders sees."""

import numpy as np
import pytest

from mmdmr.errors import InputError
from mmdmr.export import verify
from mmdmr.structures import Detections

IMAGE = np.zeros((100, 200, 3), np.uint8)
BOXES = np.array([[0.0, 0, 40, 90], [50, 0, 90, 90], [100, 0, 140, 90]])
SCORES = np.array([0.9, 0.8, 0.5])


class Fixed:
    """Embedder of the same persons in every image."""

    def __init__(self, boxes=BOXES, scores=SCORES, feats=None, given=1.0):
        self.found = Detections.from_counts(
            np.array(boxes).reshape(-1, 4),
            np.array(scores, float),
            np.eye(3)[: len(scores)] if feats is None else feats,
            [len(scores)],
        )
        self.given = given

    def embed_with_boxes(self, image, boxes):
        feats = np.zeros((len(boxes), 3))
        feats[:, 0], feats[:, 1] = self.given, (1 - self.given**2) ** 0.5
        return self.found, feats


def test_the_same_in_another_order():
    order = [2, 0, 1]
    other = Fixed(BOXES[order], SCORES[order], np.eye(3)[order])
    found = verify(Fixed(), other, [IMAGE] * 2)
    assert found.agrees and (found.images, found.detections) == (2, 6)
    assert found.max_box_difference == 0 and found.min_cosine == 1
    assert '2 images, 6 detections: boxes within 0 pixels' in str(found)


def test_differences_are_measured():
    moved, scores = BOXES.copy(), SCORES.copy()
    moved[1, 3] += 0.2
    scores[2] -= 0.01
    feats = np.eye(3)
    feats[0] = [0.8, 0.6, 0]
    found = verify(Fixed(), Fixed(moved, scores, feats), [IMAGE])
    assert found.max_box_difference == pytest.approx(0.2)
    assert found.max_score_difference == pytest.approx(0.01)
    assert found.min_cosine == pytest.approx(0.8)
    assert not found.agrees and not found.unmatched


@pytest.mark.parametrize(
    'other, agrees',
    [
        (Fixed(BOXES + 0.09), True),
        (Fixed(BOXES + 0.11), False),
        (Fixed(given=0.9991), True),
        (Fixed(given=0.998), False),
    ],
)
def test_bounds(other, agrees):
    assert verify(Fixed(), other, [IMAGE]).agrees is agrees


def test_detections_of_one_only():
    """The last one may be at the threshold; another one is missing."""
    found = verify(Fixed(), Fixed(BOXES[:2], SCORES[:2]), [IMAGE])
    assert (found.unmatched, found.unmatched_at_threshold) == (1, 1)
    assert found.agrees
    found = verify(Fixed(BOXES[1:], SCORES[1:]), Fixed(), [IMAGE])
    assert (found.unmatched, found.unmatched_at_threshold) == (1, 0)
    assert not found.agrees
    found = verify(Fixed([], []), Fixed(), [IMAGE])
    assert found.detections == 0 and found.unmatched == 3


def test_one_of_a_hundred_may_be_unmatched():
    """Rounding decides which of two equal boxes is kept."""
    boxes = np.arange(100)[:, None] * 50 + [0, 0, 40, 90]
    scores, feats = np.linspace(0.9, 0.5, 100), np.eye(3)[np.zeros(100, int)]
    rest = np.delete(np.arange(100), [50, 70])
    all_of_them = Fixed(boxes, scores, feats)
    for rows, agrees in ((np.append(rest, 50), True), (rest, False)):
        some = Fixed(boxes[rows], scores[rows], feats[rows])
        found = verify(all_of_them, some, [IMAGE])
        assert (found.unmatched_at_threshold, found.agrees) == (0, agrees)


def test_a_detection_matches_one_other():
    twice = Fixed(BOXES[[0, 0]] + [[0], [1]], SCORES[:2], np.eye(3)[[0, 0]])
    found = verify(twice, Fixed(BOXES[:1], SCORES[:1]), [IMAGE])
    assert (found.detections, found.unmatched) == (2, 1)


def test_no_images():
    with pytest.raises(InputError, match='no images'):
        verify(Fixed(), Fixed(), [])
