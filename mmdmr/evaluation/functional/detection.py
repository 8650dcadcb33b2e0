"""Recall and AP of detections, as the person-search repositories do."""

import numpy as np

from mmdmr.structures import Detections, GroundTruth

from .average_precision import average_precision
from .kept_detections import filter_by_score
from .matching import inside_share, iou, mutual_best

#: Least share of a detection inside an ignored region to be ignored.
_IGNORED_SHARE = 0.5


def score_detection(
    detections: Detections,
    ground_truth: GroundTruth,
    score_thr: float = 0.5,
    iou_thr: float = 0.5,
    labelled_only: bool = False,
) -> dict[str, float]:
    """Recall and average precision of the detected persons.

    Source: evaluation code of SeqNet. Detections and ground-truth boxes match
    by :func:`~.matching.mutual_best`; every other detection is false. AP is
    pooled over all images and multiplied by the recall. COCO's AP has another
    matching and differs.

    Two kinds of detections do not count: detections in images outside the
    gallery, and false detections with half of their area or more in an
    ignored region. Persons in an ignored region are not annotated.

    Args:
        detections (Detections): Detections of all images.
        ground_truth (GroundTruth): Annotations of the same images.
        score_thr (float): Least score of a detection. Defaults to 0.5.
        iou_thr (float): Least IoU of a match. Defaults to 0.5.
        labelled_only (bool): True if only labelled persons are to be found.
            An image without a labelled person is skipped with all its
            detections, as in SeqNet. Defaults to False.

    Returns:
        dict[str, float]: ``recall`` and ``ap``, in [0, 1]; 0 without ground
            truth.

    Example:
        >>> import numpy as np
        >>> truth = GroundTruth(('a.jpg', ), [np.array([[0., 0., 9., 9.],
        ...                                             [9., 9., 20., 20.]])],
        ...                     [np.array([-1, -1])], np.array([-1]))
        >>> detections = Detections(
        ...     np.array([[0., 0., 9., 8.]]), np.array([0.9]), np.eye(1),
        ...     np.array([0, 1]))
        >>> score_detection(detections, truth)
        {'recall': 0.5, 'ap': 0.5}
    """
    kept = filter_by_score(detections, score_thr)
    boxes, scores = kept.boxes, kept.scores
    is_true = np.zeros(len(scores), dtype=bool)
    counts = np.zeros(len(scores), dtype=bool)
    num_gts = 0
    for img_id in np.flatnonzero(ground_truth.in_gallery):
        gt_boxes = ground_truth.boxes[img_id]
        if labelled_only:
            gt_boxes = gt_boxes[ground_truth.person_ids[img_id] >= 0]
            if not len(gt_boxes):
                continue
        rows = kept.slice_of(img_id)
        is_true[rows] = mutual_best(
            iou(gt_boxes[:, None], boxes[rows][None]), iou_thr
        )
        # A match counts even inside an ignored region.
        counts[rows] = is_true[rows] | ~_ignored(
            boxes[rows], ground_truth.ignored_boxes[img_id]
        )
        num_gts += len(gt_boxes)
    recall = float(is_true.sum() / num_gts) if num_gts else 0.0
    ap = average_precision(scores[is_true], np.sort(scores[counts]))
    return dict(recall=recall, ap=ap * recall)


def _ignored(boxes: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """(n,) bool, True for a box with half its area or more in a region."""
    shares = inside_share(boxes[:, None], regions[None])
    return np.asarray((shares >= _IGNORED_SHARE).any(axis=1))
