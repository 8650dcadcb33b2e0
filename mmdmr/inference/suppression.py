"""Non-maximum suppression, as MMCV and PyTorch compute it."""

import numpy as np

#: Boxes that are compared with each other at a time.
_BLOCK = 256


def suppress(
    boxes: np.ndarray, scores: np.ndarray, thr: float, limit: int | None = None
) -> np.ndarray:
    """Choose boxes that do not overlap a chosen box of a higher score.

    Boxes are taken block by block, highest score first. So the work ends as
    soon as ``limit`` boxes are chosen.

    Args:
        boxes (np.ndarray): (n, 4) ``x1, y1, x2, y2``. Overlaps are computed
            in the precision of the boxes.
        scores (np.ndarray): (n,) scores.
        thr (float): Greatest IoU of two chosen boxes, in [0, 1]. Boxes without
            an area overlap nothing.
        limit (int | None): Greatest number of boxes. Defaults to None: any.

    Returns:
        np.ndarray: (m,) int64 indices of the chosen boxes, highest score
        first. Of equal scores, the first box comes first.

    Example:
        >>> boxes = np.array([[0., 0, 9, 9], [0, 0, 9, 8], [20, 0, 29, 9]])
        >>> suppress(boxes, np.array([0.5, 0.9, 0.7]), 0.5).tolist()
        [1, 2]
    """
    order = np.argsort(-scores, kind='stable')
    ranked = boxes[order]
    chosen = order[:0]
    for start in range(0, len(order), _BLOCK):
        block = ranked[start : start + _BLOCK]
        # Boxes of earlier blocks first, then those of the block in turn.
        hidden = _overlapping(block, ranked[chosen], thr).any(axis=1)
        places = start + np.flatnonzero(~hidden)
        overlaps = _overlapping(ranked[places], ranked[places], thr)
        kept = np.ones(len(places), bool)
        for i in range(len(places)):
            if kept[i]:
                kept[i + 1 :] &= ~overlaps[i, i + 1 :]
        chosen = np.append(chosen, places[kept])
        if limit is not None and len(chosen) >= limit:
            break
    return order[chosen[:limit]]


def apart(boxes: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Shift boxes so that boxes of two groups never overlap.

    The shift is that of MMCV's ``batched_nms``: group times the greatest
    coordinate plus 1.

    Args:
        boxes (np.ndarray): (n, 4) ``x1, y1, x2, y2``, none negative.
        groups (np.ndarray): (n,) groups, such as classes: 0, 1, ...

    Returns:
        np.ndarray: (n, 4) shifted boxes of the same type.

    Example:
        >>> apart(np.array([[0., 0, 9, 9]] * 2), np.array([0, 1])).tolist()
        [[0.0, 0.0, 9.0, 9.0], [10.0, 10.0, 19.0, 19.0]]
    """
    if not len(boxes):
        return boxes
    shifts = groups.astype(boxes.dtype) * (boxes.max() + boxes.dtype.type(1))
    return boxes + shifts[:, None]


def _overlapping(
    boxes: np.ndarray, others: np.ndarray, thr: float
) -> np.ndarray:
    """(n, m) True where the IoU of two boxes exceeds a threshold."""
    x1, y1, x2, y2 = boxes.T[:, :, None]
    left, top, right, bottom = others.T[:, None]
    width = np.minimum(x2, right) - np.maximum(x1, left)
    height = np.minimum(y2, bottom) - np.maximum(y1, top)
    overlap = np.maximum(width, 0) * np.maximum(height, 0)
    areas = (x2 - x1) * (y2 - y1)
    union = areas + (right - left) * (bottom - top) - overlap
    # 0 / 0 of two boxes without an area is no number, and exceeds nothing.
    with np.errstate(invalid='ignore'):
        return overlap / union > thr
