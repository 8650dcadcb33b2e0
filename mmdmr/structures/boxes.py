"""Overlap of boxes ``x1, y1, x2, y2`` in pixels."""

import numpy as np


def iou(boxes1: np.ndarray, boxes2: np.ndarray) -> np.ndarray:
    """Intersection over union in floats, sides being ``x2 - x1``, no "+1".

    Args:
        boxes1 (np.ndarray): (..., 4) ``x1, y1, x2, y2`` in pixels.
        boxes2 (np.ndarray): (..., 4) boxes, broadcast against ``boxes1``.

    Returns:
        np.ndarray: (...) float64 in [0, 1]; 0 for two empty boxes.

    Example:
        >>> import numpy as np
        >>> boxes = np.array([[0., 0., 10., 10.], [5., 0., 15., 10.]])
        >>> iou(boxes[:, None], boxes[None]).round(3).tolist()
        [[1.0, 0.333], [0.333, 1.0]]
    """
    overlap = _overlap(boxes1, boxes2)
    union = _area(boxes1) + _area(boxes2) - overlap
    return np.divide(overlap, union, out=np.zeros_like(union), where=union > 0)


def inside_share(boxes: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """Share of the area of a box that lies in a region.

    Args:
        boxes (np.ndarray): (..., 4) ``x1, y1, x2, y2`` in pixels.
        regions (np.ndarray): (..., 4) boxes, broadcast against ``boxes``.

    Returns:
        np.ndarray: (...) float64 in [0, 1]; 0 for an empty box.

    Example:
        >>> import numpy as np
        >>> inside_share(np.array([0, 0, 10, 10]), np.array([5, 0, 90, 90]))
        array(0.5)
    """
    overlap = _overlap(boxes, regions)
    area = np.broadcast_to(_area(boxes), overlap.shape)
    return np.divide(overlap, area, out=np.zeros_like(overlap), where=area > 0)


def _overlap(boxes1: np.ndarray, boxes2: np.ndarray) -> np.ndarray:
    boxes1 = np.asarray(boxes1, dtype=np.float64)
    boxes2 = np.asarray(boxes2, dtype=np.float64)
    sides = np.minimum(boxes1[..., 2:], boxes2[..., 2:]) - np.maximum(
        boxes1[..., :2], boxes2[..., :2]
    )
    # A gap between the boxes is a negative side.
    return np.clip(sides, 0, None).prod(axis=-1)


def _area(boxes: np.ndarray) -> np.ndarray:
    boxes = np.asarray(boxes, dtype=np.float64)
    return (boxes[..., 2:] - boxes[..., :2]).prod(axis=-1)
