"""Predictions on a test split, written to a file."""

from pathlib import Path

import numpy as np

from mmdmr.files import atomic_path
from mmdmr.structures import Detections, SearchTask


def save_predictions(
    path: str | Path,
    task: SearchTask,
    detections: Detections,
    query_feats: np.ndarray,
    gt_feats: np.ndarray | None = None,
    score_thr: float | None = None,
    fingerprint: str = '',
) -> None:
    """Write predictions as a file for :func:`~.loading.load_predictions`.

    The file asks for the contexts of SeqNet in context matching,
    ``suppressed``.

    Args:
        path (str | Path): ``.npz`` file, written completely or not at all.
        task (SearchTask): Images and queries of the test split.
        detections (Detections): Detections of all images, in the order of the
            images.
        query_feats (np.ndarray): (q, D) embeddings of the queries.
        gt_feats (np.ndarray | None): (M, D) embeddings of the ground-truth
            boxes, image by image. Defaults to None: not written.
        score_thr (float | None): Least score of a detection that counts, in
            [0, 1]. Defaults to None: not written.
        fingerprint (str): Fingerprint of the model. Defaults to '': not
            written.

    Raises:
        OSError: The file cannot be written.

    Example:
        >>> import tempfile
        >>> from mmdmr.structures import GroundTruth, Queries
        >>> box = np.array([[0., 0., 40., 90.]])
        >>> task = SearchTask(
        ...     GroundTruth(('a.jpg',), [box], [np.array([0])],
        ...                 np.array([-1])),
        ...     Queries(np.array([0]), box, np.array([0])), {})
        >>> found = Detections.from_counts(box, np.ones(1), np.eye(1), [1])
        >>> path = Path(tempfile.mkdtemp(), 'predictions.npz')
        >>> save_predictions(path, task, found, np.eye(1))
        >>> np.load(path)['dets'].tolist()
        [[0.0, 0.0, 40.0, 90.0, 1.0]]
    """
    img_names = np.array(task.ground_truth.img_names)
    arrays = dict(
        img_names=img_names,
        num_dets=detections.num_per_image,
        dets=np.concatenate(
            [detections.boxes, detections.scores[:, None]], axis=1
        ),
        feats=detections.feats,
        query_img_names=img_names[task.queries.img_ids],
        query_boxes=task.queries.boxes,
        query_feats=query_feats,
        contexts=np.array('suppressed'),
    )
    if score_thr is not None:
        arrays['score_thr'] = np.array(score_thr)
    if fingerprint:
        arrays['model_fingerprint'] = np.array(fingerprint)
    if gt_feats is not None:
        arrays['gt_feats'] = gt_feats
    with atomic_path(Path(path)) as draft, open(draft, 'wb') as file:
        np.savez(file, **arrays)
