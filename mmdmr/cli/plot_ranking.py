"""``mmdmr plot_ranking``: a sheet of queries with their best matches."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmdmr.cli.config import add_config_options, load_test_set
from mmdmr.cli.errors import input_errors
from mmdmr.evaluation.functional import load_detections, load_query_feats
from mmdmr.evaluation.loading import score_thr_of
from mmdmr.visualization import draw_ranking_sheet


def main(argv: Sequence[str] | None = None) -> int:
    """Draw a ranking sheet from dumped results.

    Args:
        argv (Sequence[str], optional): Arguments. Defaults to those of the
            process.

    Returns:
        int: 0. Wrong input exits with code 2.
    """
    args = _parse(argv)
    with input_errors('plot_ranking'):
        dataset = load_test_set(args)
        task = dataset.metainfo['search_task']
        name = args.protocol or next(iter(task.protocols))
        if name not in task.protocols:
            raise ValueError(
                f'protocol {name} was not read, only '
                f'{", ".join(task.protocols)}'
            )
        img_names = task.ground_truth.img_names
        gallery = task.ground_truth.in_gallery
        detections = load_detections(args.results, img_names, gallery)
        query_feats = load_query_feats(args.results, task.queries, img_names)
        score_thr = score_thr_of(args.results)
    num_queries = len(task.protocols[name].query_ids)
    indices = np.linspace(
        0, num_queries - 1, min(args.queries, num_queries)
    ).astype(int)
    sheet = draw_ranking_sheet(
        task,
        name,
        detections,
        query_feats,
        [dataset.get_data_info(i)['img_path'] for i in range(len(dataset))],
        indices,
        args.matches,
        score_thr,
    )
    Path(args.out).parent.mkdir(parents=True, exist_ok=True)
    sheet.save(args.out)
    print(f'{len(indices)} of {num_queries} queries drawn in {args.out}')
    return 0


def _parse(argv: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(
        'mmdmr plot_ranking',
        description='Draw queries, evenly spaced over the test set, with '
        'their most similar detections: right ones framed green, wrong ones '
        'red.',
    )
    add_config_options(parser)
    parser.add_argument(
        'results', help='what "mmdmr test --dump RESULTS.npz" wrote'
    )
    parser.add_argument(
        '--out', default='ranking.png', help='picture (default: %(default)s)'
    )
    parser.add_argument(
        '--queries', type=int, default=12, help='rows (default: %(default)s)'
    )
    parser.add_argument(
        '--matches',
        type=int,
        default=5,
        help='matches a query (default: %(default)s)',
    )
    parser.add_argument(
        '--protocol', help="protocol (default: the config's first)"
    )
    return parser.parse_args(argv)
