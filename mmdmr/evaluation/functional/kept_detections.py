"""Detections above a score threshold, and ground truth as detections."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import Detections, GroundTruth
from mmdmr.structures.detections import RowsByImage


@dataclass(frozen=True, eq=False)
class KeptDetections(RowsByImage):
    """The M of N detections that reach a score threshold.

    Embeddings are not copied. The position of a kept detection among the M is
    its *entry*; its position among the N is its *row*.

    Args:
        rows (np.ndarray): (M,) int64 rows of the entries in ``detections``,
            rising.
        offsets (np.ndarray): (n + 1,) int64; image i owns the entries
            ``offsets[i]:offsets[i + 1]``.
        detections (Detections): All N detections.
    """

    rows: np.ndarray
    offsets: np.ndarray
    detections: Detections

    @property
    def boxes(self) -> np.ndarray:
        """np.ndarray: (M, 4) boxes ``x1, y1, x2, y2`` in pixels."""
        return self.detections.boxes[self.rows]

    @cached_property
    def scores(self) -> np.ndarray:
        """np.ndarray: (M,) scores."""
        return self.detections.scores[self.rows]

    def block(self, start: int, stop: int) -> np.ndarray:
        """Embeddings of successive entries, without a copy where possible.

        Args:
            start (int): First entry.
            stop (int): End of the entries, larger than ``start`` and at most
                M.

        Returns:
            np.ndarray: (stop - start, D) embeddings; a view if no detection
                between the first and the last entry is below the threshold.
        """
        rows = self.rows[start:stop]
        if rows[-1] - rows[0] == stop - start - 1:
            return self.detections.feats[rows[0] : rows[-1] + 1]
        return self.detections.feats[rows]

    def feats(self, entries: np.ndarray) -> np.ndarray:
        """Embeddings of entries.

        Args:
            entries (np.ndarray): (m,) entries, in any order.

        Returns:
            np.ndarray: (m, D) embeddings.
        """
        return self.detections.feats[self.rows[entries]]


def filter_by_score(
    detections: Detections, score_thr: float
) -> KeptDetections:
    """Keep the detections that reach a score threshold.

    Args:
        detections (Detections): N detections.
        score_thr (float): Least score of a detection that is kept.

    Returns:
        KeptDetections: M kept detections.

    Example:
        >>> import numpy as np
        >>> detections = Detections(np.zeros((2, 4)), np.array([0.9, 0.1]),
        ...                         np.eye(2), np.array([0, 1, 2]))
        >>> kept = filter_by_score(detections, 0.5)
        >>> kept.offsets.tolist(), kept.rows.tolist()
        ([0, 1, 1], [0])
    """
    rows = np.flatnonzero(detections.scores >= score_thr)
    # An image begins at the first kept row that is not before its own rows.
    offsets = np.searchsorted(rows, detections.offsets)
    return KeptDetections(rows, offsets, detections)


def gt_as_detections(
    ground_truth: GroundTruth, feats: np.ndarray
) -> Detections:
    """Ground-truth boxes as detections of score 1.

    A search among these boxes scores identification alone, with perfect
    detection.

    Args:
        ground_truth (GroundTruth): Annotations with N boxes in all.
        feats (np.ndarray): (N, D) embeddings of the boxes, image by image in
            their order.

    Returns:
        Detections: N detections.

    Raises:
        InputError: The number of embeddings is not the number of boxes.

    Example:
        >>> import numpy as np
        >>> truth = GroundTruth(('a.jpg', 'b.jpg'),
        ...                     [np.zeros((1, 4)), np.zeros((0, 4))],
        ...                     [np.array([0]), np.array([], dtype=int)],
        ...                     np.array([-1, -1]))
        >>> gt_as_detections(truth, np.eye(1)).offsets.tolist()
        [0, 1, 1]
    """
    counts = [len(boxes) for boxes in ground_truth.boxes]
    if len(feats) != sum(counts):
        raise InputError(
            f'{len(feats)} embeddings for {sum(counts)} '
            'ground-truth boxes; embed each box once'
        )
    return Detections.from_counts(
        boxes=np.concatenate([np.empty((0, 4)), *ground_truth.boxes]),
        scores=np.ones(len(feats)),
        feats=feats,
        counts=counts,
    )
