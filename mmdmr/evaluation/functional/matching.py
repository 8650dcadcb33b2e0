"""When a detection is a person that was annotated."""

import numpy as np


def iou(boxes1: np.ndarray, boxes2: np.ndarray) -> np.ndarray:
    """Intersection over union, in floats, without a "+1".

    Args:
        boxes1 (np.ndarray): (..., 4) ``x1, y1, x2, y2`` in pixels.
        boxes2 (np.ndarray): (..., 4), broadcast against the first.

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
        regions (np.ndarray): (..., 4), broadcast against the boxes.

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
    return np.clip(sides, 0, None).prod(axis=-1)


def _area(boxes: np.ndarray) -> np.ndarray:
    boxes = np.asarray(boxes, dtype=np.float64)
    return (boxes[..., 2:] - boxes[..., :2]).prod(axis=-1)


def iou_threshold(boxes: np.ndarray) -> np.ndarray:
    """IoU a detection needs to count as the person in a box.

    ``min(0.5, w h / ((w + 10) (h + 10)))``: small boxes forgive an error of a
    few pixels (CUHK-SYSU's protocol, OIM evaluation).

    Args:
        boxes (np.ndarray): (..., 4) ground truth ``x1, y1, x2, y2``, pixels.

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
    """Detections that match a ground-truth box, scores playing no part.

    A pair matches if its IoU reaches the threshold and each is the other's
    partner of largest IoU, the first on ties (the rule of the person-search
    repositories, not that of COCO).

    Args:
        ious (np.ndarray): (k, n) IoU of k ground-truth boxes and n
            detections.
        iou_thr (float): Least IoU. Defaults to 0.5.

    Returns:
        np.ndarray: (n,) bool, True for a detection that is right.

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
