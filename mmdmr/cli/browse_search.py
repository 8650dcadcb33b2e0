"""``mmdmr browse_search``: look at what a search found and missed."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from mmdmr.cli.errors import input_errors
from mmdmr.cli.evaluation import (
    add_prediction_options,
    gallery_names,
    prediction_keywords,
)
from mmdmr.cli.progress import progress
from mmdmr.evaluation.functional import (
    SearchScores,
    find_positives,
    rank_gallery,
    score_search,
)
from mmdmr.evaluation.loading import Predictions, load_predictions
from mmdmr.structures import SearchProtocol
from mmdmr.visualization.search_page import QueryEntry, write_search_page

ORDERS = ('worst', 'best', 'listed')


def main(argv: Sequence[str] | None = None) -> int:
    """Write a page of queries.

    Args:
        argv (Sequence[str], optional): Arguments. Defaults to those of the
            process.

    Returns:
        int: 0. Wrong input exits with code 2.
    """
    args = _parse(argv)
    with input_errors('browse_search'):
        name = args.protocol or (
            'G100' if args.dataset == 'cuhk-sysu' else 'all'
        )
        if args.dataset == 'cuhk-sysu':
            (name,) = gallery_names([name])
        predictions = load_predictions(
            **prediction_keywords(args), protocols=[name]
        )
        folder = Path(args.data_root) / (
            args.img_dir or predictions.reader.img_dir
        )
        names = predictions.task.ground_truth.img_names
        paths = [folder / img_name for img_name in names]
        missing = [path for path in paths if not path.is_file()]
        if missing:
            raise FileNotFoundError(
                f'{len(missing)} of {len(paths)} images are missing, '
                f'{missing[0]} first; name their folder by --img-dir'
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
    figures = scores.metrics
    with input_errors('browse_search'):
        write_search_page(
            args.out,
            f'Person search: {args.dataset}, {name}',
            [
                f'{args.detections}: mAP {100 * figures["mAP"]:.2f}, top-1 '
                f'{100 * figures["top1"]:.2f} over {len(scores.ap)} queries.',
                f'{len(chosen)} queries, {args.order} first.'
                if args.order != 'listed'
                else f'The first {len(chosen)} queries.',
            ],
            progress(
                _entries(predictions, protocol, scores, chosen, args),
                len(chosen),
            ),
            paths,
        )
    print(f'{len(chosen)} of {len(scores.ap)} queries in {args.out}')
    return 0


def order_queries(scores: SearchScores, order: str) -> np.ndarray:
    """Order queries by how well they were searched.

    Args:
        scores (SearchScores): Scores of m queries.
        order (str): One of ``ORDERS``.

    Returns:
        np.ndarray: (m,) positions of the queries.
    """
    if order == 'listed':
        return np.arange(len(scores.ap))
    sign = 1 if order == 'worst' else -1
    # Among equal AP, whose first right one comes late is the worse.
    return np.lexsort((-sign * scores.first_true, sign * scores.ap))


def _entries(
    predictions: Predictions,
    protocol: SearchProtocol,
    scores: SearchScores,
    chosen: np.ndarray,
    args: Namespace,
) -> Iterator[QueryEntry]:
    truth, queries = predictions.task.ground_truth, predictions.task.queries
    detections = predictions.detections
    for i in chosen:
        query_id = protocol.query_ids[i]
        feat = predictions.query_feats[query_id]
        person = queries.person_ids[query_id]
        where = truth.img_names[queries.img_ids[query_id]]
        known = person >= 0
        who = f', person {truth.person_id_names[person]}' if known else ''
        search = (detections, feat, protocol, int(i), predictions.score_thr)
        ranking = rank_gallery(*search, num=args.matches)
        yield QueryEntry(
            f'Query {query_id} in {where}{who}',
            f'AP {100 * scores.ap[i]:.1f}, recall '
            f'{100 * scores.recall[i]:.0f} %',
            queries.img_ids[query_id],
            queries.boxes[query_id],
            ranking,
            detections.boxes[ranking.rows],
            find_positives(*search),
        )


def _parse(argv: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(
        'mmdmr browse_search',
        description='Write one HTML page of queries, each with its best '
        'matches and with where the person is and was not found.',
    )
    add_prediction_options(parser)
    parser.add_argument(
        '--out', default='search.html', help='page (default: %(default)s)'
    )
    parser.add_argument(
        '--protocol', help='protocol (default: G100 for cuhk-sysu, else all)'
    )
    parser.add_argument(
        '--queries',
        type=int,
        default=50,
        help='queries shown (default: %(default)s)',
    )
    parser.add_argument(
        '--matches',
        type=int,
        default=10,
        help='matches of a query (default: %(default)s)',
    )
    parser.add_argument(
        '--order',
        choices=ORDERS,
        default='worst',
        help='queries by average precision, or as the data set lists them '
        '(default: %(default)s)',
    )
    parser.add_argument(
        '--img-dir',
        metavar='DIR',
        help='folder of the images, below ROOT (default: that of the data '
        'set)',
    )
    args = parser.parse_args(argv)
    for name in ('queries', 'matches'):
        if getattr(args, name) < 1:
            parser.error(
                f'--{name} must be at least 1, not {getattr(args, name)}'
            )
    return args
