"""Comparison of a bundle with the network that it was made of."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mmdmr.benchmark.agreement import match_boxes
from mmdmr.errors import InputError
from mmdmr.structures import Detections

#: Greatest difference of a box in pixels, and least cosine of an embedding.
MOST_PIXELS, LEAST_COSINE = 0.1, 0.999
#: Greatest share of unmatched detections. Of two boxes whose scores, or whose
#: overlap and its bound, are equal but for rounding, either may be kept.
MOST_UNMATCHED = 0.01
#: Detections this near to the threshold may be found by one of two only.
_NEAR = 1e-3
#: Least IoU of two detections of one person, by weights that are the same,
#: and by weights that were rounded.
SAME, ALIKE = 0.9, 0.5


class Comparable(Protocol):
    """An embedder that detects persons and embeds boxes in one pass."""

    def embed_with_boxes(
        self, image: np.ndarray, boxes: np.ndarray
    ) -> tuple[Detections, np.ndarray]:
        """Detect persons and embed given boxes.

        Args:
            image (np.ndarray): (h, w, 3) uint8 image, BGR.
            boxes (np.ndarray): (n, 4) ``x1, y1, x2, y2`` in pixels.

        Returns:
            tuple[Detections, np.ndarray]: Persons, and (n, D) embeddings of
            the boxes.
        """
        ...


@dataclass(frozen=True)
class Verification:
    """How far two embedders differ.

    Args:
        images (int): Number of images.
        detections (int): Number of detections of the reference.
        max_box_difference (float): Greatest difference of a corner, in pixels.
        max_score_difference (float): Greatest difference of a score.
        min_cosine (float): Least cosine of the embeddings of a detection, or
            of a box.
        unmatched (int): Detections of one embedder that the other lacks.
        unmatched_at_threshold (int): The part of them whose scores are within
            0.001 of the threshold, or of the last detection of a full image.
    """

    images: int
    detections: int
    max_box_difference: float
    max_score_difference: float
    min_cosine: float
    unmatched: int
    unmatched_at_threshold: int

    @property
    def agrees(self) -> bool:
        """bool: True within 0.1 pixels and cosine 0.999, nearly all matched.

        Beside the unmatched detections at the threshold, one of a hundred may
        be unmatched.
        """
        unmatched = self.unmatched - self.unmatched_at_threshold
        return (
            self.max_box_difference <= MOST_PIXELS
            and self.min_cosine >= LEAST_COSINE
            and unmatched <= MOST_UNMATCHED * self.detections
        )

    def __str__(self) -> str:
        unmatched = f'{self.unmatched} unmatched'
        if self.unmatched:
            unmatched += f', {self.unmatched_at_threshold} at the threshold'
        return (
            f'{self.images} images, {self.detections} detections: boxes '
            f'within {self.max_box_difference:.2g} pixels, scores within '
            f'{self.max_score_difference:.2g}, cosine {self.min_cosine:.7f} '
            f'or more, {unmatched}'
        )


def verify(
    reference: Comparable,
    other: Comparable,
    images: Iterable[np.ndarray],
    least_iou: float = SAME,
) -> Verification:
    """Compare two embedders on some images.

    Each image also gives embeddings of fixed boxes, which do not depend on the
    detector.

    Args:
        reference (Comparable): Embedder of the checkpoint.
        other (Comparable): Embedder of the bundle.
        images (Iterable[np.ndarray]): (h, w, 3) uint8 images, BGR.
        least_iou (float): Least IoU of two detections that are the same
            person. Defaults to 0.9.

    Returns:
        Verification: The differences.

    Raises:
        InputError: There is no image.
    """
    parts = [_compare(reference, other, image, least_iou) for image in images]
    if not parts:
        raise InputError('no images to compare the bundle with the network on')
    return Verification(
        len(parts),
        sum(part.detections for part in parts),
        max(part.max_box_difference for part in parts),
        max(part.max_score_difference for part in parts),
        min(part.min_cosine for part in parts),
        sum(part.unmatched for part in parts),
        sum(part.unmatched_at_threshold for part in parts),
    )


def _compare(
    reference: Comparable,
    other: Comparable,
    image: np.ndarray,
    least_iou: float,
) -> Verification:
    """Differences on one image."""
    boxes = _fixed_boxes(image.shape[1], image.shape[0])
    wanted, feats = reference.embed_with_boxes(image, boxes)
    given, other_feats = other.embed_with_boxes(image, boxes)
    first, second = match_boxes(wanted.boxes, given.boxes, least_iou)
    cosines = (wanted.feats[first] * given.feats[second]).sum(axis=1)
    fixed = (feats * other_feats).sum(axis=1)
    alone = np.concatenate(
        [
            np.delete(wanted.scores, first),
            np.delete(given.scores, second),
        ]
    )
    least = min(
        (e.scores.min() for e in (wanted, given) if len(e)), default=0.0
    )
    return Verification(
        1,
        len(wanted),
        _most(wanted.boxes[first] - given.boxes[second]),
        _most(wanted.scores[first] - given.scores[second]),
        float(min([*cosines, *fixed])),
        len(alone),
        int((alone <= least + _NEAR).sum()),
    )


def _fixed_boxes(width: int, height: int) -> np.ndarray:
    """Boxes of all sizes, some of them over the edge."""
    shares = np.array(
        [
            [0, 0, 1, 1],
            [0.1, 0.1, 0.2, 0.4],
            [0.5, 0.2, 0.55, 0.3],
            [0.7, 0.5, 1.1, 1.2],
            [0.3, 0.05, 0.6, 0.9],
        ]
    )
    return shares * [width, height, width, height]


def _most(differences: np.ndarray) -> float:
    return float(np.abs(differences).max(initial=0))
