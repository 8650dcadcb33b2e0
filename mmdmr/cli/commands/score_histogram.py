"""``mmdmr score_histogram``: a search by colours alone."""

from argparse import ArgumentParser, Namespace
from dataclasses import replace
from functools import partial
from pathlib import Path

from mmdmr.cli.config_options import add_config_options, config_arguments
from mmdmr.cli.errors import config_errors
from mmdmr.cli.progress import progress
from mmdmr.config import load_test_set
from mmdmr.datasets.embedding import embed_test_set
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
    gt_feats, query_feats, feats = embed_test_set(
        dataset, found, embed, progress
    )
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
