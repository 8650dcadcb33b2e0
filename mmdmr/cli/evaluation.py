"""What tools that score or show predictions have in common."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mmdmr.evaluation.functional import (
    load_contexts,
    load_detections,
    load_gt_feats,
    load_query_feats,
    load_score_thr,
    remarks_on,
)
from mmdmr.evaluation.functional.similarity import check_embeddings
from mmdmr.readers import READERS, CocoReader, Reader
from mmdmr.readers.coco import ANN_FILES
from mmdmr.structures import Detections, SearchTask

#: Least score of a detection where nothing else is said.
DEFAULT_THR = 0.5


@dataclass(frozen=True)
class Predictions:
    """A test split with somebody's predictions on it.

    Args:
        reader (Reader): Who read the annotations.
        task (SearchTask): Ground truth, queries, protocols.
        detections (Detections): Detections of all images.
        query_feats (np.ndarray): (q, D) embeddings of the queries.
        gt_feats (np.ndarray, optional): Embeddings of the ground-truth boxes.
        contexts (str): How the file wants contexts to be chosen for CBGM.
        score_thr (float): Least score of a detection.
        remarks (list[str]): What is odd about annotations and predictions.
    """

    reader: Reader
    task: SearchTask
    detections: Detections
    query_feats: np.ndarray
    gt_feats: np.ndarray | None = None
    contexts: str = 'stored'
    score_thr: float = 0.5
    remarks: list[str] = field(default_factory=list)


def add_prediction_options(parser: ArgumentParser) -> None:
    """Add the options that name a test split and predictions on it.

    Args:
        parser (ArgumentParser): Is changed.
    """
    parser.add_argument(
        '--dataset',
        choices=list(READERS),
        required=True,
        help='kind of data set; coco: COCO-style JSON with person_id',
    )
    parser.add_argument(
        '--data-root',
        required=True,
        metavar='ROOT',
        help='its folder',
    )
    parser.add_argument(
        '--test-ann',
        metavar='FILE',
        help='coco: test annotations, below ROOT (default: '
        f'{ANN_FILES["test"]})',
    )
    parser.add_argument(
        '--detections',
        required=True,
        metavar='FILE.npz',
        help='predictions: img_names (n), num_dets (n), dets (N, 5: x1 y1 x2 '
        'y2 score), feats (N, D), query_img_names (q), query_boxes (q, 4), '
        'query_feats (q, D); "mmdmr test --dump" writes such a file',
    )
    parser.add_argument(
        '--score-thr',
        type=float,
        help='least score of a detection (default: that of "mmdmr test '
        f'--dump", which the file tells, else {DEFAULT_THR:g})',
    )


def load_predictions(
    args: Namespace, protocols: Sequence[str], gt: bool = False
) -> Predictions:
    """Read a test split and the predictions on it.

    Args:
        args (Namespace): Of :func:`add_prediction_options`.
        protocols (Sequence[str]): Protocols to be read, or ``all`` of them.
        gt (bool): Whether to read embeddings of ground-truth boxes. Defaults
            to False.

    Returns:
        Predictions: All that was read.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A file is broken, or does not go with another.
    """
    if args.score_thr is not None and not 0 <= args.score_thr <= 1:
        raise ValueError(
            f'--score-thr must be in [0, 1], not {args.score_thr}'
        )
    if args.test_ann and args.dataset != 'coco':
        raise ValueError('--test-ann goes with --dataset coco')
    if not Path(args.data_root).is_dir():
        raise FileNotFoundError(f'--data-root {args.data_root} is no folder')
    reader = make_reader(args)
    truth = reader.ground_truth()
    if list(protocols) == ['all'] and args.dataset == 'cuhk-sysu':
        protocols = reader.available_protocols(truth)
    task = reader.search_task(truth, protocols)
    path = Path(args.detections)
    names = truth.img_names
    detections = load_detections(path, names, truth.in_gallery)
    query_feats = load_query_feats(path, task.queries, names)
    lengths = detections.feats.shape[1], query_feats.shape[1]
    if len(set(lengths)) > 1:
        raise ValueError(
            f'{path}: embeddings of the queries have {lengths[1]} dimensions, '
            f'those of the detections {lengths[0]}'
        )
    num_boxes = sum(map(len, truth.boxes))
    gt_feats = load_gt_feats(path, num_boxes) if gt else None
    score_thr = score_thr_of(path)
    if args.score_thr is not None:
        score_thr = args.score_thr
    for what, feats in (
        ('detections', detections.feats),
        ('queries', query_feats),
        ('ground-truth boxes', gt_feats),
    ):
        if feats is not None:
            check_embeddings(feats, f'{what} in {path}')
    odd = remarks_on(detections, query_feats, truth, gt_feats, score_thr)
    return Predictions(
        reader,
        task,
        detections,
        query_feats,
        gt_feats,
        load_contexts(path),
        score_thr,
        [
            *dict.fromkeys(reader.notes),
            *(f'{path}: {remark}' for remark in odd),
        ],
    )


def score_thr_of(path: str | Path) -> float:
    """Least score of a detection that counts in a file of predictions.

    Args:
        path (str | Path): The file.

    Returns:
        float: What it says, else ``DEFAULT_THR``.
    """
    said = load_score_thr(path)
    return DEFAULT_THR if said is None else said


def make_reader(args: Namespace) -> Reader:
    """Reader of the test split.

    Args:
        args (Namespace): Of :func:`add_prediction_options`.

    Returns:
        Reader: Of the data set named.
    """
    if args.dataset == 'coco':
        return CocoReader(args.data_root, test=True, ann_file=args.test_ann)
    return READERS[args.dataset](args.data_root, test=True)
