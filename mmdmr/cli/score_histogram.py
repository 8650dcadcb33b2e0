"""``mmdmr score_histogram``: how far colours alone get."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import mmcv
import numpy as np

from mmdmr.cli.config import add_config_options, load_test_set
from mmdmr.cli.errors import check_target, input_errors
from mmdmr.cli.progress import progress
from mmdmr.evaluation.colour_histogram import colour_histogram
from mmdmr.evaluation.functional import (
    gt_as_detections,
    load_detections,
    score_search,
)
from mmdmr.evaluation.loading import DEFAULT_THR, score_thr_of
from mmdmr.evaluation.scores import ScoreKey, write_scores


def main(argv: Sequence[str] | None = None) -> int:
    """Score colour histograms of ground-truth boxes as embeddings.

    Args:
        argv (Sequence[str], optional): Arguments. Defaults to those of the
            process.

    Returns:
        int: 0. Wrong input exits with code 2.
    """
    args = _parse(argv)
    with input_errors('score_histogram'):
        if args.out is not None:
            check_target(Path(args.out), '.json')
        dataset = load_test_set(args)
        task = dataset.metainfo['search_task']
        truth = task.ground_truth
        found, score_thr = None, DEFAULT_THR
        if args.detections is not None:
            found = load_detections(
                args.detections, truth.img_names, truth.in_gallery
            )
            score_thr = score_thr_of(args.detections)
    embed = partial(colour_histogram, stripes=args.stripes, margin=args.margin)
    of_truth: list[np.ndarray] = []
    of_found: list[np.ndarray] = []
    by_query: dict[int, np.ndarray] = {}
    for i in progress(range(len(dataset)), len(dataset)):
        info = dataset.get_data_info(i)
        img = mmcv.imread(info['img_path'])
        of_truth.append(embed(img, truth.boxes[i]))
        if found is not None:
            of_found.append(embed(img, found.boxes[found.slice_of(i)]))
        boxes = np.array([q['bbox'] for q in info['queries']])
        by_query.update(
            zip((q['query_id'] for q in info['queries']), embed(img, boxes))
        )
    query_feats = np.stack([by_query[i] for i in range(len(by_query))])
    sets = {True: gt_as_detections(truth, np.concatenate(of_truth))}
    if found is not None:
        sets[False] = replace(found, feats=np.concatenate(of_found))
    scores = {
        str(ScoreKey(name, gt=gt)): score_search(
            detections, query_feats, protocol, score_thr
        ).metrics
        for name, protocol in task.protocols.items()
        for gt, detections in sets.items()
    }
    for name, figures in scores.items():
        print(name, ' '.join(f'{k} {v:.4f}' for k, v in figures.items()))
    if args.out is not None:
        write_scores(args.out, scores)
    return 0


def _parse(argv: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(
        'mmdmr score_histogram',
        description='Search by colour histograms of horizontal stripes, '
        'without any learning: what a trained network has to beat. On '
        'ground-truth boxes (search.NAME+gt) and, if a file of detections is '
        'given, on those.',
    )
    add_config_options(parser)
    parser.add_argument(
        '--margin',
        type=float,
        default=0.0,
        help="share of a box's width to leave out on either side; 0.25 hides "
        'most of the background (default: %(default)s)',
    )
    parser.add_argument(
        '--stripes',
        type=int,
        default=2,
        help='stripes a box is cut into; 4 make a stronger baseline on real '
        'pictures (default: %(default)s)',
    )
    parser.add_argument(
        '--detections',
        metavar='FILE.npz',
        help='detections to search among, too, as "mmdmr test --dump" writes '
        'them; only their boxes and scores are used',
    )
    parser.add_argument(
        '--out',
        metavar='SCORES.json',
        help='file for the figures at full precision',
    )
    args = parser.parse_args(argv)
    if not 0 <= args.margin < 0.5:
        parser.error(f'--margin must be in [0, 0.5), not {args.margin}')
    if args.stripes < 1:
        parser.error(f'--stripes must be at least 1, not {args.stripes}')
    return args
