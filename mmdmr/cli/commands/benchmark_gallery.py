"""``mmdmr benchmark_gallery``: speed, size and recall of a gallery."""

import tempfile
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mmdmr.benchmark.gallery import (
    Simulation,
    describe_machine,
    fill,
    measure_appends,
    measure_building,
    measure_opening,
    measure_product,
    measure_searches,
)
from mmdmr.cli.argument_types import whole
from mmdmr.errors import InputError
from mmdmr.files import check_target, write_json
from mmdmr.gallery import Filters, Gallery

#: Words and units of the figures.
_LABELS = dict(
    processors=('processors', ''),
    load=('other load, mean of a minute', 'processes'),
    add_seconds=('all persons stored', 's'),
    index_seconds=('index built', 's'),
    index_recall=('recall@10 of stored persons', ''),
    index_bytes=('index on disk', 'MB'),
    database_bytes=('database on disk', 'MB'),
    building_peak_bytes=('peak memory', 'MB'),
    open_ms=('open', 'ms'),
    first_search_ms=('first search', 'ms'),
    searching_peak_bytes=('peak memory', 'MB'),
    median_ms=('median', 'ms'),
    p95_ms=('95th percentile', 'ms'),
    recall=('recall@10', ''),
    exact_ms=('exact search of the database', 'ms'),
    num_searched=('persons searched', ''),
    product_ms=('float32, a query', 'ms'),
    append_ms=('16 photographs, durably', 'ms'),
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Fill a gallery with noisy views of simulated persons, 20 views each '
        'with a cosine of 0.7; measure building, opening, appending and '
        'searching. The recall is the share of the 10 most similar persons of '
        'an exact search that a search finds.'
    )
    for name, least, default, text in (
        ('num', 1000, 10**6, 'number of stored persons'),
        ('dim', 1, 256, 'length of an embedding'),
        ('queries', 1, 300, 'number of queries, searched for one by one'),
        (
            'repeat',
            1,
            3,
            'number of walks over the queries; the fastest counts',
        ),
        ('seed', 0, 0, 'seed of the simulation'),
    ):
        parser.add_argument(
            f'--{name}',
            type=whole(least, 10**8),
            default=default,
            help=f'{text} (default: {default})',
        )
    parser.add_argument(
        '--filter-share',
        type=float,
        default=0.01,
        help='share of the persons that the filter keeps (default: 0.01)',
    )
    parser.add_argument(
        '--stored',
        choices=('float16', 'int8'),
        default='float16',
        help='type of the stored embeddings (default: float16)',
    )
    parser.add_argument(
        '--relu',
        action='store_true',
        help='embeddings behind a ReLU with 64 strong axes, as networks make '
        'them, instead of embeddings of all directions',
    )
    parser.add_argument(
        '--no-product',
        action='store_true',
        help='leave out the baseline: one NumPy product with all embeddings '
        'in memory, num x dim x 4 bytes',
    )
    parser.add_argument(
        '--out', metavar='FILE.json', help='file for the figures'
    )
    parser.add_argument(
        '--work-dir',
        metavar='DIR',
        help='folder for the gallery, which is deleted at the end (default: '
        "the system's folder for temporary files)",
    )


def run(args: Namespace) -> int:
    """Measure a gallery.

    Returns:
        int: 0.

    Raises:
        InputError: An argument is wrong.
    """
    if not 0 < args.filter_share <= 1:
        raise InputError(
            f'--filter-share must be above 0 and at most 1, not '
            f'{args.filter_share}'
        )
    if args.out:
        check_target(Path(args.out), '.json')
    if args.work_dir:
        Path(args.work_dir).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=args.work_dir) as folder:
        figures = _measure(args, Path(folder) / 'simulated.gallery')
    if args.out:
        write_json(Path(args.out), figures)
    return 0


def _measure(args: Namespace, path: Path) -> dict[str, dict]:
    simulation = Simulation(args.num, args.dim, seed=args.seed, relu=args.relu)
    queries = simulation.queries(args.queries)
    figures: dict[str, dict] = {}

    def note(name: str, values: dict) -> None:
        figures[name] = values
        for key, value in values.items():
            label, unit = _LABELS[key]
            label = f'{name}: {label}'
            print(f'{label:43} {_short(value, unit):>10} {unit}', flush=True)

    figures['arguments'] = dict(vars(args))
    print(
        f'{args.num:,} persons, {args.dim} dimensions, {args.stored}, '
        f'{args.queries} queries one by one, the fastest of {args.repeat} '
        'walks over the queries'
    )
    note('machine', describe_machine())
    sources = max(round(1 / args.filter_share), 1)
    added = fill(path, simulation, args.stored, sources)
    note('filling', dict(add_seconds=added))
    note('building', measure_building(path))
    note('opening', measure_opening(path))
    kept = Filters(sources=['source 0'])
    with Gallery.open(path) as gallery:
        for name, filters in (('all', Filters()), ('filtered', kept)):
            values = measure_searches(gallery, queries, filters, args.repeat)
            note(f'search {name}', values)
        if not args.no_product:
            values = measure_product(gallery, queries[:50], args.repeat)
            note('product in memory', values)
    note('append', measure_appends(path, simulation))
    note('machine at the end', describe_machine())
    return figures


def _short(value: float, unit: str) -> str:
    if unit == 'MB':
        return f'{value / 1e6:,.0f}'
    if isinstance(value, int):
        return f'{value:,}'
    return f'{value:,.3f}' if value < 1e3 else f'{value:,.0f}'
