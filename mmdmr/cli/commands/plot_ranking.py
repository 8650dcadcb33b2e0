"""``mmdmr plot_ranking``: a sheet of queries with their best matches."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np
from PIL import Image

from mmdmr.cli.argument_types import whole
from mmdmr.cli.config_options import add_config_options, config_arguments
from mmdmr.cli.errors import config_errors
from mmdmr.config import load_test_set
from mmdmr.errors import InputError
from mmdmr.evaluation.functional import load_detections, load_query_feats
from mmdmr.evaluation.loading import score_thr_of
from mmdmr.visualization import draw_ranking_sheet


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Draw queries, evenly spaced over the test set, with '
        'their most similar detections. The queried person is framed green, '
        'other persons red, the queried person in a detection that does not '
        'count amber.'
    )
    add_config_options(parser)
    parser.add_argument(
        'results', help='predictions that "mmdmr test --dump" wrote'
    )
    parser.add_argument('--out', default='ranking.png', help='picture')
    parser.add_argument(
        '--queries',
        type=whole(1),
        default=12,
        help='number of queries',
    )
    parser.add_argument(
        '--matches',
        type=whole(1, 1000),
        default=5,
        help='number of matches for each query',
    )
    parser.add_argument(
        '--protocol', help="protocol (default: the config's first)"
    )


def run(args: Namespace) -> int:
    """Draw a ranking sheet from dumped results.

    Returns:
        int: 0.

    Raises:
        InputError: An argument or a file is wrong.
    """
    out = Path(args.out)
    if out.is_dir():
        raise IsADirectoryError(f'--out {args.out} is a folder')
    if out.suffix.lower() not in Image.registered_extensions():
        raise InputError(f'--out {args.out}: name a picture, such as .png')
    with config_errors():
        dataset = load_test_set(**config_arguments(args))
        task = dataset.metainfo['search_task']
        name = args.protocol or next(iter(task.protocols))
        if name not in task.protocols:
            raise InputError(
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
    with config_errors():
        sheet = draw_ranking_sheet(
            task,
            name,
            detections,
            query_feats,
            [
                dataset.get_data_info(i)['img_path']
                for i in range(len(dataset))
            ],
            indices,
            args.matches,
            score_thr,
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(out)
    print(f'{len(indices)} of {num_queries} queries drawn in {args.out}')
    return 0
