"""Match of detections and annotated boxes by overlap."""

import numpy as np

from mmdmr.structures.boxes import inside_share, iou

__all__ = ['inside_share', 'iou', 'iou_threshold', 'mutual_best']


def iou_threshold(boxes: np.ndarray) -> np.ndarray:
    """Least IoU of a true positive with a ground-truth box.

    ``min(0.5, w h / ((w + 10) (h + 10)))``, so that small boxes forgive an
    error of a few pixels. Source: protocol of CUHK-SYSU, OIM evaluation.

    Args:
        boxes (np.ndarray): (..., 4) ground-truth boxes ``x1, y1, x2, y2`` in
            pixels.

    Returns:
        np.ndarray: (...) float64 in [0, 0.5].

    Example:
        >>> import numpy as np
        >>> iou_threshold(np.array([[0, 0, 10, 10], [0, 0, 90, 90]])).tolist()
        [0.25, 0.5]
    """
    sides = np.asarray(boxes[..., 2:], dtype=np.float64) - boxes[..., :2]
    return np.minimum(0.5, sides.prod(axis=-1) / (sides + 10).prod(axis=-1))


def mutual_best(ious: np.ndarray, iou_thr: float = 0.5) -> np.ndarray:
    """Detections that match a ground-truth box, whatever their scores.

    A box and a detection match if their IoU reaches the threshold and is the
    largest IoU of both (the first on ties). The person-search repositories
    have this rule; COCO's rule differs.

    Args:
        ious (np.ndarray): (k, n) IoU of k ground-truth boxes and n
            detections.
        iou_thr (float): Least IoU of a match. Defaults to 0.5.

    Returns:
        np.ndarray: (n,) bool, True for a detection that matches.

    Example:
        >>> import numpy as np
        >>> mutual_best(np.array([[0.6, 0.7], [0.1, 0.55]])).tolist()
        [False, True]
    """
    num_gts, num_dets = ious.shape
    if not num_gts or not num_dets:
        return np.zeros(num_dets, dtype=bool)
    best_gt = ious.argmax(axis=0)
    columns = np.arange(num_dets)
    mutual = ious.argmax(axis=1)[best_gt] == columns
    return mutual & (ious[best_gt, columns] >= iou_thr)
