"""Differences of two models' detections of the same images."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from mmdmr.errors import InputError
from mmdmr.structures import Detections
from mmdmr.structures.boxes import iou

#: Least IoU of two detections of one person.
_SAME = 0.5


class Agreement(NamedTuple):
    """How far two models agree on the persons of the same images.

    Args:
        num_matched (int): Detections that both models have: their IoU is 0.5
            or more.
        num_unmatched (int): Detections that only one of the models has.
        max_box_error (float): Greatest difference of a coordinate of matched
            boxes, in pixels.
        max_score_error (float): Greatest difference of the scores of matched
            detections.
        least_cosine (float): Least cosine of the embeddings of matched
            detections, in [-1, 1].
    """

    num_matched: int
    num_unmatched: int
    max_box_error: float
    max_score_error: float
    least_cosine: float

    def describe(self) -> str:
        """Sentence on the differences.

        Returns:
            str: The sentence.
        """
        return (
            f'{self.num_matched} detections agree, {self.num_unmatched} have '
            f'no partner; box at most {self.max_box_error:.2g} px apart, '
            f'score {self.max_score_error:.2g}; cosine at least '
            f'{self.least_cosine:.7f}'
        )


def compare_detections(first: Detections, second: Detections) -> Agreement:
    """Match the detections of two models, and measure their differences.

    In each image, detections are paired so that the sum of the IoUs is
    greatest.

    Args:
        first (Detections): Persons of n images, by one model.
        second (Detections): Persons of the same images, by another model.

    Returns:
        Agreement: The differences; without a matched detection, errors are 0
        and the cosine is 1.

    Raises:
        InputError: The numbers of images, or the lengths of the embeddings,
            differ.

    Example:
        >>> boxes = np.array([[0., 0., 40., 90.], [60., 0., 90., 90.]])
        >>> scores = np.array([0.9, 0.8])
        >>> one = Detections.from_counts(boxes, scores, np.eye(2), [2])
        >>> other = Detections.from_counts(
        ...     boxes[:1] + 0.25, scores[:1], np.eye(2)[:1], [1])
        >>> compare_detections(one, other)[:3]
        (1, 1, 0.25)
    """
    if first.num_images != second.num_images:
        raise InputError(
            f'detections of {first.num_images} and of {second.num_images} '
            'images cannot be compared'
        )
    if first.feats.shape[1] != second.feats.shape[1]:
        raise InputError(
            f'embeddings of length {first.feats.shape[1]} and of length '
            f'{second.feats.shape[1]} cannot be compared'
        )
    pairs = [_pairs(first, second, i) for i in range(first.num_images)]
    rows, others = np.concatenate([np.empty((2, 0), np.int64), *pairs], axis=1)
    num = len(rows)
    boxes = np.abs(_wide(first.boxes[rows]) - _wide(second.boxes[others]))
    scores = np.abs(_wide(first.scores[rows]) - _wide(second.scores[others]))
    return Agreement(
        num,
        len(first) + len(second) - 2 * num,
        float(boxes.max(initial=0)),
        float(scores.max(initial=0)),
        float(
            _cosines(first.feats[rows], second.feats[others]).min(initial=1)
        ),
    )


def match_boxes(
    first: np.ndarray, second: np.ndarray, least_iou: float
) -> np.ndarray:
    """Pair the boxes of two models in one image, so that they overlap most.

    Args:
        first (np.ndarray): (m, 4) ``x1, y1, x2, y2``.
        second (np.ndarray): (n, 4) boxes.
        least_iou (float): Least IoU of a pair, in [0, 1].

    Returns:
        np.ndarray: (2, k) int64 rows of the k pairs, in both arrays.

    Example:
        >>> boxes = np.array([[0., 0., 4., 9.], [6., 0., 9., 9.]])
        >>> match_boxes(boxes, boxes[1:], 0.5).tolist()
        [[1], [0]]
    """
    overlaps = iou(first[:, None], second)
    pairs = np.stack(linear_sum_assignment(overlaps, maximize=True))
    return pairs[:, overlaps[pairs[0], pairs[1]] >= least_iou]


def _pairs(first: Detections, second: Detections, index: int) -> np.ndarray:
    """(2, k) rows of the detections of one image that match."""
    slices = first.slice_of(index), second.slice_of(index)
    pairs = match_boxes(first.boxes[slices[0]], second.boxes[slices[1]], _SAME)
    return pairs + np.array([[s.start] for s in slices])


def _cosines(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    first, second = _wide(first), _wide(second)
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return (first * second).sum(axis=1) / lengths


def _wide(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float64)
