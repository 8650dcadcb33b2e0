"""A test split with predictions on it, read from files and checked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mmdmr.errors import InputError
from mmdmr.evaluation.functional import (
    load_contexts,
    load_detections,
    load_gt_feats,
    load_query_feats,
    load_score_thr,
    notes_on,
)
from mmdmr.evaluation.functional.similarity import check_embeddings
from mmdmr.readers import READERS, CocoReader, Reader
from mmdmr.structures import Detections, SearchTask

#: Least score of a detection if neither the user nor the file names one.
DEFAULT_THR = 0.5


@dataclass(frozen=True, eq=False)
class Predictions:
    """A test split with the predictions of one method.

    Args:
        reader (Reader): Reader of the annotations.
        task (SearchTask): Ground truth, queries and protocols.
        detections (Detections): Detections of all images.
        query_feats (np.ndarray): (q, D) embeddings of the queries.
        gt_feats (np.ndarray | None): (N, D) embeddings of the ground-truth
            boxes. Defaults to None.
        contexts (str): Choice of contexts for CBGM that the file asks for.
            Defaults to 'stored'.
        score_thr (float): Least score of a detection. Defaults to 0.5.
        notes (list[str]): Notes on oddities of annotations and predictions.
            Defaults to [].
    """

    reader: Reader
    task: SearchTask
    detections: Detections
    query_feats: np.ndarray
    gt_feats: np.ndarray | None = None
    contexts: str = 'stored'
    score_thr: float = DEFAULT_THR
    notes: list[str] = field(default_factory=list)


def load_predictions(
    detections: str | Path,
    dataset: str,
    data_root: str | Path,
    protocols: Sequence[str],
    test_ann: str | None = None,
    score_thr: float | None = None,
    gt: bool = False,
) -> Predictions:
    """Read a test split and the predictions on it.

    Args:
        detections (str | Path): ``.npz`` file of predictions, see
            :func:`~mmdmr.evaluation.functional.load_detections`.
        dataset (str): Name of the data set in
            :data:`~mmdmr.readers.READERS`.
        data_root (str | Path): Folder of the data set.
        protocols (Sequence[str]): Protocols to read; ``['all']`` stands for
            all protocols of CUHK-SYSU.
        test_ann (str | None): Test annotations of the data set ``coco``,
            below ``data_root``. Defaults to None: the usual file.
        score_thr (float | None): Least score of a detection, in [0, 1].
            Defaults to None: the result of :func:`score_thr_of`.
        gt (bool): True to read embeddings of ground-truth boxes as well.
            Defaults to False.

    Returns:
        Predictions: Annotations and predictions, checked against each other.

    Raises:
        FileNotFoundError: A file is missing.
        InputError: A file is broken, or does not fit another one.
    """
    path = Path(detections)
    reader = make_reader(dataset, data_root, test_ann)
    truth = reader.ground_truth()
    if list(protocols) == ['all'] and dataset == 'cuhk-sysu':
        protocols = reader.available_protocols(truth)
    task = reader.search_task(truth, protocols)
    names = truth.img_names
    found = load_detections(path, names, truth.in_gallery)
    query_feats = load_query_feats(path, task.queries, names)
    lengths = found.feats.shape[1], query_feats.shape[1]
    if len(set(lengths)) > 1:
        raise InputError(
            f'{path}: embeddings of the queries have {lengths[1]} dimensions, '
            f'embeddings of the detections {lengths[0]}'
        )
    num_boxes = sum(map(len, truth.boxes))
    gt_feats = load_gt_feats(path, num_boxes) if gt else None
    if score_thr is None:
        score_thr = score_thr_of(path)
    if gt_feats is not None and gt_feats.shape[1] != lengths[0]:
        raise InputError(
            f'{path}: gt_feats have {gt_feats.shape[1]} dimensions, '
            f'embeddings of the detections {lengths[0]}'
        )
    for what, feats in (
        ('detections', found.feats),
        ('queries', query_feats),
        ('ground-truth boxes', gt_feats),
    ):
        if feats is not None:
            check_embeddings(feats, f'{what} in {path}')
    odd = notes_on(found, query_feats, truth, gt_feats, score_thr)
    return Predictions(
        reader=reader,
        task=task,
        detections=found,
        query_feats=query_feats,
        gt_feats=gt_feats,
        contexts=load_contexts(path),
        score_thr=score_thr,
        notes=[
            *dict.fromkeys(reader.notes),
            *(f'{path}: {note}' for note in odd),
        ],
    )


def score_thr_of(path: str | Path) -> float:
    """Least score of a detection that a file of predictions names.

    Args:
        path (str | Path): ``.npz`` file of predictions.

    Returns:
        float: Threshold in [0, 1]; ``DEFAULT_THR`` if the file names none.

    Raises:
        FileNotFoundError: The file is missing.
        InputError: The file names anything but one number in [0, 1].
    """
    named = load_score_thr(path)
    return DEFAULT_THR if named is None else named


def make_reader(
    dataset: str, data_root: str | Path, test_ann: str | None = None
) -> Reader:
    """Make the reader of a test split.

    Args:
        dataset (str): Name of the data set in
            :data:`~mmdmr.readers.READERS`.
        data_root (str | Path): Folder of the data set.
        test_ann (str | None): Test annotations of the data set ``coco``,
            below ``data_root``. Defaults to None: the usual file.

    Returns:
        Reader: Reader of the test split.

    Raises:
        InputError: ``test_ann`` is given for another data set.
    """
    if test_ann is None:
        return READERS[dataset](data_root, test=True)
    if dataset != 'coco':
        raise InputError(f'only coco takes a test_ann, not {dataset}')
    return CocoReader(data_root, test=True, ann_file=test_ann)
