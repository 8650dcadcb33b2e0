"""Notes on predictions that can be scored, but are probably wrong."""

from collections.abc import Iterator

import numpy as np

from mmdmr.structures import Detections, GroundTruth, iou

#: Range of lengths that pass for unit length: half precision rounds.
_UNIT = (0.99, 1.01)


def notes_on(
    detections: Detections,
    query_feats: np.ndarray,
    ground_truth: GroundTruth,
    gt_feats: np.ndarray | None = None,
    score_thr: float = 0.0,
) -> list[str]:
    """Note oddities of boxes, scores and lengths of embeddings.

    Args:
        detections (Detections): Detections of all images.
        query_feats (np.ndarray): (q, D) embeddings of the queries.
        ground_truth (GroundTruth): Annotations of the same images.
        gt_feats (np.ndarray | None): (N, D) embeddings of the ground-truth
            boxes. Defaults to None.
        score_thr (float): Least score of a detection that is searched.
            Defaults to 0.

    Returns:
        list[str]: Sentences for the user; empty if nothing is odd.

    Example:
        >>> import numpy as np
        >>> truth = GroundTruth(('a.jpg',), [np.array([[0., 0., 9., 9.]])],
        ...                     [np.array([0])], np.array([-1]))
        >>> detections = Detections(np.array([[0., 0., 1., 1.]]),
        ...                         np.array([90.]), 2 * np.eye(1),
        ...                         np.array([0, 1]))
        >>> for note in notes_on(detections, np.eye(1), truth):
        ...     print(note.split(':')[0])
        dets
        scores
        feats
    """
    notes = [
        *_on_boxes(detections, ground_truth),
        *_on_scores(detections.scores, score_thr),
    ]
    for name, feats in (
        ('feats', detections.feats),
        ('query_feats', query_feats),
        ('gt_feats', gt_feats),
    ):
        if feats is not None and len(feats):
            notes += _on_feats(name, feats)
    return notes


def _on_boxes(
    detections: Detections, ground_truth: GroundTruth
) -> Iterator[str]:
    boxes = detections.boxes
    if not len(boxes):
        yield 'dets: no image has a detection'
        return
    empty = int((boxes[:, 2:] <= boxes[:, :2]).any(axis=1).sum())
    if empty:
        yield (
            f'dets: {empty} of {len(boxes)} boxes end before they begin: '
            'x1, y1, x2, y2 in pixels are meant, not x, y, width, height'
        )
    gt_boxes = np.concatenate([np.empty((0, 4)), *ground_truth.boxes])
    if not len(gt_boxes):
        return
    if boxes.max() <= 1 < gt_boxes.max():
        yield (
            'dets: no box reaches beyond 1 pixel: pixels of the original '
            'image are meant, not shares of its size'
        )
    elif not _any_overlap(detections, ground_truth):
        yield (
            f'dets: none of {len(boxes)} boxes overlaps a person by half '
            '(IoU 0.5): boxes must be in pixels of the original images, image '
            'by image in the order of img_names'
        )


def _on_scores(scores: np.ndarray, score_thr: float) -> Iterator[str]:
    if not len(scores):
        return
    if not 0 <= scores.min() <= scores.max() <= 1:
        yield (
            f'scores: reach from {scores.min():g} to {scores.max():g}; '
            'confidences in [0, 1] are meant'
        )
    if scores.max() < score_thr:
        yield (
            f'scores: none of {len(scores)} detections reaches '
            f'{score_thr:g}, the threshold, but {scores.max():g} at most; '
            'name another threshold'
        )


def _on_feats(name: str, feats: np.ndarray) -> Iterator[str]:
    # Two rows first: a comparison of all rows takes a lot of memory.
    if len(feats) > 1 and all(
        (rows == feats[0]).all() for rows in (feats[1], feats)
    ):
        yield (
            f'{name}: all {len(feats)} embeddings are equal, so that '
            'persons cannot be told apart'
        )
    lengths = np.sqrt(np.einsum('nd,nd->n', feats, feats, dtype=float))
    # Zeros stand for a box that could not be embedded.
    lengths = lengths[lengths > 0]
    low, high = _UNIT
    odd = int(((lengths < low) | (lengths > high)).sum())
    if odd:
        yield (
            f'{name}: {odd} of {len(feats)} embeddings are not of unit '
            f'length; lengths reach from {lengths.min():.3g} to '
            f'{lengths.max():.3g}: similarities are inner products, which '
            'these lengths weight; scale embeddings to length 1 for the cosine'
        )


def _any_overlap(detections: Detections, ground_truth: GroundTruth) -> bool:
    """True if any detection overlaps a person by half (IoU 0.5)."""
    for i, gt_boxes in enumerate(ground_truth.boxes):
        found = detections.boxes[detections.slice_of(i)]
        if (iou(gt_boxes[:, None], found[None]) >= 0.5).any():
            return True
    return False
