"""Outputs of MMDetection's heads to boxes and scores.

The arithmetic is that of MMDetection 3.3 (``BaseDenseHead``, ``RPNHead``,
``BBoxHead``), in float32 and in the same order, so that the same boxes come
out.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .bundle_description import (
    AnchorPriors,
    DeltaCoder,
    DenseHead,
    DistanceCoder,
    PointPriors,
    RoiHead,
)
from .bundle_preprocessing import Resized
from .suppression import apart, suppress


class Found(NamedTuple):
    """Boxes with scores, highest score first.

    Args:
        boxes (np.ndarray): (n, 4) float32 ``x1, y1, x2, y2``.
        scores (np.ndarray): (n,) float32 scores in [0, 1].
    """

    boxes: np.ndarray
    scores: np.ndarray


def decode_dense(
    outputs: Sequence[np.ndarray],
    head: DenseHead,
    resized: Resized,
    least: float = -1.0,
) -> Found:
    """Boxes of a dense head on one image.

    Args:
        outputs (Sequence[np.ndarray]): Outputs of the head on this image, in
            the order of ``head.outputs``, (channels, h, w) each.
        head (DenseHead): The head.
        resized (Resized): Sizes of the image.
        least (float): Least score of a detection. Defaults to -1.

    Returns:
        Found: Proposals in pixels of the network's input, or detections in
        pixels of the image.
    """
    num = len(head.scores)
    maps = [outputs[i : i + num] for i in range(0, len(outputs), num)]
    levels = [
        _decode_level(level, [m[level] for m in maps], head)
        for level in range(num)
    ]
    scores, labels, priors, codes = map(np.concatenate, zip(*levels))
    boxes = _decode(priors, codes, head.coder, resized.size)
    if head.groups == 'classes':
        boxes = _to_image(boxes, resized)
    sides = boxes[:, 2:] - boxes[:, :2]
    keep = scores >= least
    if head.min_size >= 0:
        keep &= (sides > head.min_size).all(axis=1)
    groups = None if head.class_agnostic else labels[keep]
    return _suppress(boxes[keep], scores[keep], groups, head)


def decode_rois(
    scores: np.ndarray,
    codes: np.ndarray,
    proposals: np.ndarray,
    head: RoiHead,
    resized: Resized,
    least: float = -1.0,
) -> Found:
    """Detections of the second stage on one image.

    Args:
        scores (np.ndarray): (n, classes + 1) logits, the background last.
        codes (np.ndarray): (n, 4) or (n, classes * 4) coded boxes.
        proposals (np.ndarray): (n, 4) proposals.
        head (RoiHead): The second stage.
        resized (Resized): Sizes of the image.
        least (float): Least score of a detection. Defaults to -1.

    Returns:
        Found: Detections in pixels of the image.
    """
    num = head.num_classes
    chances = _softmax(scores)[:, :num]
    keep = (chances > head.score_thr) & (chances >= least)
    rows, labels = np.nonzero(keep)
    codes = codes.reshape(len(codes), codes.shape[1] // 4, 4)
    boxes = _decode(
        proposals[rows],
        codes[rows, labels if head.boxes_of_class else 0],
        head.coder,
        resized.size,
    )
    return _suppress(
        _to_image(boxes, resized),
        chances[keep],
        None if head.class_agnostic else labels,
        head,
    )


def _decode_level(
    level: int, outputs: Sequence[np.ndarray], head: DenseHead
) -> tuple[np.ndarray, ...]:
    """Scores, groups, priors and coded boxes of the best cells of one map."""
    logits, codes, *factors = (
        # (priors * c, h, w) to rows: cell by cell, prior by prior.
        array.transpose(1, 2, 0).reshape(-1, channels)
        for array, channels in zip(outputs, (head.num_classes, 4, 1))
    )
    scores = _sigmoid(logits)
    rows, labels = np.nonzero(scores > head.score_thr)
    best = _first(scores[rows, labels], head.nms_pre)
    rows, labels = rows[best], labels[best]
    chosen = scores[rows, labels]
    if factors:
        chosen = chosen * _sigmoid(factors[0][rows, 0])
    if head.groups == 'levels':
        labels = np.full_like(labels, level)
    priors = _priors(rows, level, outputs[0].shape[2], head.priors)
    return chosen, labels, priors, codes[rows]


def _first(scores: np.ndarray, most: int) -> np.ndarray:
    """Indices of the highest scores in falling order, at most so many."""
    candidates: np.ndarray = np.arange(len(scores))
    if 0 < most < len(scores):
        # Faster than sorting all. Scores equal to the last stay candidates,
        # so that the first of them is taken.
        last = np.partition(scores, -most)[-most]
        candidates = np.flatnonzero(scores >= last)
    order = np.argsort(-scores[candidates], kind='stable')
    return candidates[order[: most or None]]


def _priors(
    rows: np.ndarray,
    level: int,
    width: int,
    priors: AnchorPriors | PointPriors,
) -> np.ndarray:
    """(n, 4) anchors or (n, 2) points of some rows of a map."""
    stride = np.array(priors.strides[level], np.float32)
    if isinstance(priors, PointPriors):
        cells = np.stack([rows % width, rows // width], axis=1)
        return (cells + np.float32(priors.offset)).astype(np.float32) * stride
    base = np.array(priors.base[level], np.float32)
    cells, kinds = np.divmod(rows, len(base))
    shifts = np.stack([cells % width, cells // width], axis=1) * stride
    return base[kinds] + np.tile(shifts.astype(np.float32), 2)


def _decode(
    priors: np.ndarray,
    codes: np.ndarray,
    coder: DeltaCoder | DistanceCoder,
    size: tuple[int, int],
) -> np.ndarray:
    """(n, 4) float32 boxes in pixels of the network's input."""
    if isinstance(coder, DistanceCoder):
        boxes = np.concatenate(
            [priors - codes[:, :2], priors + codes[:, 2:]], axis=1
        )
    else:
        stds, means = np.array([coder.stds, coder.means], np.float32)
        codes = codes * stds + means
        centres = (priors[:, :2] + priors[:, 2:]) * np.float32(0.5)
        sides = priors[:, 2:] - priors[:, :2]
        most = np.float32(abs(np.log(coder.least_ratio)))
        centres = centres + sides * codes[:, :2]
        sides = sides * np.exp(np.clip(codes[:, 2:], -most, most))
        half = sides * np.float32(0.5)
        boxes = np.concatenate([centres - half, centres + half], axis=1)
    if coder.clip_border:
        boxes = np.clip(boxes, 0, np.tile(np.array(size, np.float32), 2))
    return boxes


def _to_image(boxes: np.ndarray, resized: Resized) -> np.ndarray:
    """Boxes in pixels of the image."""
    return boxes * np.tile((1 / resized.scale).astype(np.float32), 2)


def _suppress(
    boxes: np.ndarray,
    scores: np.ndarray,
    groups: np.ndarray | None,
    head: DenseHead | RoiHead,
) -> Found:
    """The best boxes of each group, and of all."""
    shifted = boxes if groups is None else apart(boxes, groups)
    kept = suppress(shifted, scores, head.nms_thr, head.max_per_img)
    return Found(boxes[kept], scores[kept])


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    # exp(-logits) of a very low logit is infinite: the score is 0, as it is.
    with np.errstate(over='ignore'):
        return 1 / (1 + np.exp(-logits))


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
