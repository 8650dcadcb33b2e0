"""``mmdmr score_histogram``: a search by colours alone."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import mmcv
import numpy as np

from mmdmr.cli.config_options import add_config_options, config_arguments
from mmdmr.cli.errors import config_errors
from mmdmr.cli.progress import progress
from mmdmr.config import load_test_set
from mmdmr.datasets import PersonSearchDataset
from mmdmr.errors import InputError
from mmdmr.evaluation.colour_histogram import colour_histogram
from mmdmr.evaluation.functional import (
    gt_as_detections,
    load_detections,
    score_search,
)
from mmdmr.evaluation.loading import DEFAULT_THR, score_thr_of
from mmdmr.evaluation.scores import ScoreKey, write_scores
from mmdmr.files import check_target
from mmdmr.structures import Detections

#: More stripes make an embedding too long to be scored.
_MOST_STRIPES = 8


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Search by colour histograms of horizontal stripes, '
        'without any learning: a baseline for trained networks. The search '
        'is among ground-truth boxes (search.NAME+gt) and, if a file of '
        'detections is given, among detections (search.NAME).'
    )
    add_config_options(parser)
    parser.add_argument(
        '--margin',
        type=float,
        default=0.0,
        help="share of a box's width to cut off on either side; 0.25 hides "
        'most of the background',
    )
    parser.add_argument(
        '--stripes',
        type=int,
        default=2,
        help='stripes a box is cut into; 4 make a stronger baseline on real '
        'pictures',
    )
    parser.add_argument(
        '--detections',
        metavar='FILE.npz',
        help='also search among these detections, of "mmdmr test --dump"; '
        'only boxes and scores are used',
    )
    parser.add_argument(
        '--out',
        metavar='SCORES.json',
        help='file for the metrics at full precision',
    )


def run(args: Namespace) -> int:
    """Score colour histograms of ground-truth boxes as embeddings.

    Returns:
        int: 0.

    Raises:
        InputError: An argument or a file is wrong.
    """
    _check(args)
    with config_errors():
        if args.out is not None:
            check_target(Path(args.out), '.json')
        dataset = load_test_set(**config_arguments(args))
        task = dataset.metainfo['search_task']
        truth = task.ground_truth
        found, score_thr = None, DEFAULT_THR
        if args.detections is not None:
            found = load_detections(
                args.detections, truth.img_names, truth.in_gallery
            )
            score_thr = score_thr_of(args.detections)
    embed = partial(colour_histogram, stripes=args.stripes, margin=args.margin)
    gt_feats, query_feats, feats = _embed(dataset, found, embed)
    sets = {True: gt_as_detections(truth, gt_feats)}
    if found is not None:
        sets[False] = replace(found, feats=feats)
    scores = {
        str(ScoreKey(name, gt=gt)): score_search(
            detections, query_feats, protocol, score_thr
        ).metrics
        for name, protocol in task.protocols.items()
        for gt, detections in sets.items()
    }
    for name, metrics in scores.items():
        print(name, ' '.join(f'{k} {v:.4f}' for k, v in metrics.items()))
    if args.out is not None:
        write_scores(args.out, scores)
    return 0


def _check(args: Namespace) -> None:
    if not 0 <= args.margin < 0.5:
        raise InputError(f'--margin must be in [0, 0.5), not {args.margin}')
    if args.stripes < 1:
        raise InputError(f'--stripes must be at least 1, not {args.stripes}')
    if args.stripes > _MOST_STRIPES:
        raise InputError(
            f'--stripes must be at most {_MOST_STRIPES}, not {args.stripes}'
        )


def _embed(
    dataset: PersonSearchDataset,
    found: Detections | None,
    embed: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Embed boxes of all test images, each image being read once.

    Args:
        dataset (PersonSearchDataset): Test set with q queries.
        found (Detections | None): N detections, or None for no detections.
        embed (Callable): Embeddings of (n, 4) boxes in an image.

    Returns:
        tuple[np.ndarray, np.ndarray, np.ndarray]: Embeddings of the
        ground-truth boxes in the order of the images, (q, D) of the queries
        and (N, D) of the detections.
    """
    truth = dataset.metainfo['search_task'].ground_truth
    of_truth: list[np.ndarray] = []
    of_found: list[np.ndarray] = [np.empty((0, 0))] if found is None else []
    by_query: dict[int, np.ndarray] = {}
    for i in progress(range(len(dataset)), len(dataset)):
        info = dataset.get_data_info(i)
        img = _read(info['img_path'])
        of_truth.append(embed(img, truth.boxes[i]))
        if found is not None:
            of_found.append(embed(img, found.boxes[found.slice_of(i)]))
        boxes = np.array([q['bbox'] for q in info['queries']])
        by_query.update(
            zip((q['query_id'] for q in info['queries']), embed(img, boxes))
        )
    query_feats = np.stack([by_query[i] for i in range(len(by_query))])
    return np.concatenate(of_truth), query_feats, np.concatenate(of_found)


def _read(path: str) -> np.ndarray:
    """(h, w, 3) pixels of an image."""
    try:
        img = mmcv.imread(path)
    except cv2.error:
        img = None
    if img is None:
        raise InputError(f'{path}: no readable image; copy it again')
    return img
