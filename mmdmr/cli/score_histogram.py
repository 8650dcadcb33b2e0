"""``mmdmr score_histogram``: how far colours alone get."""

from argparse import ArgumentParser, Namespace
from functools import partial
from typing import Dict, List, Optional, Sequence

import mmcv
import numpy as np

from mmdmr.cli.config import add_config_options, load_test_set
from mmdmr.cli.errors import input_errors
from mmdmr.cli.progress import progress
from mmdmr.evaluation.colour_histogram import colour_histogram
from mmdmr.evaluation.functional import gt_as_detections, score_search
from mmdmr.evaluation.scores import write_scores


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Score colour histograms of ground-truth boxes as embeddings.

    Args:
        argv (Sequence[str], optional): Arguments. Defaults to those of the
            process.

    Returns:
        int: 0. Wrong input exits with code 2.
    """
    args = _parse(argv)
    with input_errors('score_histogram'):
        dataset = load_test_set(args)
        task = dataset.metainfo['search_task']
    embed = partial(colour_histogram, margin=args.margin)
    feats: List[np.ndarray] = []
    by_query: Dict[int, np.ndarray] = {}
    for i in progress(range(len(dataset)), len(dataset)):
        info = dataset.get_data_info(i)
        img = mmcv.imread(info['img_path'])
        feats.append(embed(img, task.ground_truth.boxes[i]))
        boxes = np.array([q['bbox'] for q in info['queries']])
        by_query.update(
            zip((q['query_id'] for q in info['queries']), embed(img, boxes))
        )
    detections = gt_as_detections(task.ground_truth, np.concatenate(feats))
    query_feats = np.stack([by_query[i] for i in range(len(by_query))])
    scores = {
        f'search.{name}+gt': score_search(
            detections, query_feats, protocol
        ).figures
        for name, protocol in task.protocols.items()
    }
    for name, figures in scores.items():
        print(name, ' '.join(f'{k} {v:.4f}' for k, v in figures.items()))
    if args.out is not None:
        write_scores(args.out, scores)
    return 0


def _parse(argv: Optional[Sequence[str]]) -> Namespace:
    parser = ArgumentParser(
        'mmdmr score_histogram',
        description='Search on ground-truth boxes by colour histograms of '
        'two stripes, without any learning.',
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
        '--out',
        metavar='SCORES.json',
        help='file for the figures at full precision',
    )
    args = parser.parse_args(argv)
    if not 0 <= args.margin < 0.5:
        parser.error(f'--margin must be in [0, 0.5), not {args.margin}')
    return args
