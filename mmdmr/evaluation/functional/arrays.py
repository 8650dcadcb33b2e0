"""Rows of detections by image and by score."""

from dataclasses import dataclass

import numpy as np

from mmdmr.structures import Detections, GroundTruth
from mmdmr.structures.detections import RowsByImage


@dataclass(frozen=True, eq=False)
class Kept(RowsByImage):
    """The detections that a score threshold keeps, embeddings not copied.

    Args:
        rows (np.ndarray): (M,) their rows in ``detections``.
        offsets (np.ndarray): (n + 1,) int64; image i owns the kept ones
            ``offsets[i]:offsets[i + 1]``.
        detections (Detections): All of them.
    """

    rows: np.ndarray
    offsets: np.ndarray
    detections: Detections

    @property
    def boxes(self) -> np.ndarray:
        """np.ndarray: (M, 4) boxes."""
        return self.detections.boxes[self.rows]

    @property
    def scores(self) -> np.ndarray:
        """np.ndarray: (M,) scores."""
        return self.detections.scores[self.rows]

    def block(self, start: int, stop: int) -> np.ndarray:
        """Embeddings of neighbours, without a copy where nothing is left out.

        Args:
            start (int): The first of the kept ones.
            stop (int): One behind the last, at most M.

        Returns:
            np.ndarray: (stop - start, D) embeddings.
        """
        rows = self.rows[start:stop]
        if rows[-1] - rows[0] == stop - start - 1:
            return self.detections.feats[rows[0] : rows[-1] + 1]
        return self.detections.feats[rows]

    def feats(self, kept: np.ndarray) -> np.ndarray:
        """Embeddings of some of them.

        Args:
            kept (np.ndarray): (m,) positions among the kept ones.

        Returns:
            np.ndarray: (m, D) embeddings.
        """
        return self.detections.feats[self.rows[kept]]


def select(detections: Detections, score_thr: float) -> Kept:
    """Keep the detections a score threshold keeps.

    Args:
        detections (Detections): N detections.
        score_thr (float): Least score.

    Returns:
        Kept: The M kept ones.

    Example:
        >>> import numpy as np
        >>> detections = Detections(np.zeros((2, 4)), np.array([0.9, 0.1]),
        ...                         np.eye(2), np.array([0, 1, 2]))
        >>> kept = select(detections, 0.5)
        >>> kept.offsets.tolist(), kept.rows.tolist()
        ([0, 1, 1], [0])
    """
    rows = np.flatnonzero(detections.scores >= score_thr)
    return Kept(rows, np.searchsorted(rows, detections.offsets), detections)


def gt_as_detections(
    ground_truth: GroundTruth, feats: np.ndarray
) -> Detections:
    """Ground-truth boxes as detections of score 1.

    Searching them bounds what identification alone can reach.

    Args:
        ground_truth (GroundTruth): Annotations with N boxes in all.
        feats (np.ndarray): (N, D) embeddings of the boxes, image by image in
            their order.

    Returns:
        Detections: N detections.

    Raises:
        ValueError: There is not one embedding per box.

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
        raise ValueError(
            f'{len(feats)} embeddings for {sum(counts)} '
            'ground-truth boxes; embed each box once'
        )
    return Detections.from_counts(
        boxes=np.concatenate([np.empty((0, 4)), *ground_truth.boxes]),
        scores=np.ones(len(feats)),
        feats=feats,
        counts=counts,
    )
