"""``mmdmr browse_search``: a page of what a search found and missed."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmdmr.cli.prediction_options import (
    add_img_dir_option,
    add_prediction_options,
    prediction_keywords,
)
from mmdmr.cli.progress import progress
from mmdmr.errors import InputError
from mmdmr.evaluation.functional import score_search
from mmdmr.evaluation.loading import load_predictions
from mmdmr.files import check_target
from mmdmr.readers.cuhk_sysu import gallery_names
from mmdmr.visualization.query_entries import (
    ORDERS,
    order_queries,
    query_entries,
)
from mmdmr.visualization.search_page import write_search_page


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Write one HTML page of queries: the best matches of '
        'each query, and the appearances of the person that are not among '
        'the matches.'
    )
    add_prediction_options(parser)
    parser.add_argument('--out', default='search.html', help='page')
    parser.add_argument(
        '--protocol', help='protocol (default: G100 for cuhk-sysu, else all)'
    )
    parser.add_argument(
        '--queries',
        type=int,
        default=50,
        help='number of queries',
    )
    parser.add_argument(
        '--matches',
        type=int,
        default=10,
        help='number of matches for each query',
    )
    parser.add_argument(
        '--order',
        choices=ORDERS,
        default='worst',
        help='queries by average precision, or as the data set lists them',
    )
    add_img_dir_option(parser)


def run(args: Namespace) -> int:
    """Write a page of queries.

    Returns:
        int: 0.

    Raises:
        InputError: An argument or a file is wrong.
    """
    _check(args)
    check_target(Path(args.out), '.html')
    name = args.protocol or ('G100' if args.dataset == 'cuhk-sysu' else 'all')
    if args.dataset == 'cuhk-sysu':
        if name == 'all':
            raise InputError('--protocol all: name one protocol, such as G100')
        (name,) = gallery_names([name], '--protocol')
    predictions = load_predictions(
        **prediction_keywords(args), protocols=[name]
    )
    paths = predictions.reader.image_paths(
        predictions.task.ground_truth.img_names, args.img_dir
    )
    protocol = predictions.task.protocols[name]
    scores = score_search(
        predictions.detections,
        predictions.query_feats,
        protocol,
        predictions.score_thr,
    )
    for note in predictions.notes:
        print(f'note: {note}', file=sys.stderr)
    chosen = order_queries(scores, args.order)[: args.queries]
    entries = query_entries(
        predictions.task,
        protocol,
        predictions.detections,
        predictions.query_feats,
        scores,
        chosen,
        score_thr=predictions.score_thr,
        num_matches=args.matches,
    )
    metrics = scores.metrics
    write_search_page(
        args.out,
        f'Person search: {args.dataset}, {name}',
        [
            f'{args.detections}: mAP {100 * metrics["mAP"]:.2f}, top-1 '
            f'{100 * metrics["top1"]:.2f} over {len(scores.ap)} queries.',
            f'{len(chosen)} queries, {args.order} first.'
            if args.order != 'listed'
            else f'The first {len(chosen)} queries.',
        ],
        progress(entries, len(chosen)),
        paths,
    )
    print(f'{len(chosen)} of {len(scores.ap)} queries in {args.out}')
    return 0


def _check(args: Namespace) -> None:
    for name in ('queries', 'matches'):
        if getattr(args, name) < 1:
            raise InputError(
                f'--{name} must be at least 1, not {getattr(args, name)}'
            )
