"""``mmdmr compare_searches``: compare two methods query by query."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from mmdmr.cli.errors import input_errors
from mmdmr.evaluation.per_query import compare_per_query, read_per_query


def main(argv: Sequence[str] | None = None) -> int:
    """Compare two per-query files.

    Args:
        argv (Sequence[str] | None): Arguments. Defaults to None: arguments
            of the process.

    Returns:
        int: 0. Wrong input exits with code 2.
    """
    args = _parse(argv)
    with input_errors('compare_searches'):
        first, second = map(read_per_query, (args.first, args.second))
        rows = compare_per_query(
            first, second, args.confidence, args.resamples, args.seed
        )
    print(
        f'A = {args.first}\nB = {args.second}\n'
        f'{100 * args.confidence:g} % intervals of {args.resamples} paired '
        'resamples of the queries'
    )
    alone = sorted(first.keys() ^ second.keys())
    if alone:
        print(f'note: in one file only, not compared: {", ".join(alone)}')
    width = max(len(row.search) for row in rows)
    for row in rows:
        (a, b), gap = row.means, row.difference
        print(
            f'{row.search:{width}} {row.metric:5} A {100 * a:6.2f}  '
            f'B {100 * b:6.2f}  A - B {100 * gap.mean:+6.2f} '
            f'[{100 * gap.low:+.2f}, {100 * gap.high:+.2f}]  '
            f'p {gap.p_value:.4f}  {row.verdict} ({row.num_queries} queries)'
        )
    return 0


def _parse(argv: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(
        'mmdmr compare_searches',
        description='Compare two methods query by query (paired bootstrap).',
    )
    help_ = 'what "mmdmr score_search --per-query" wrote for one method'
    parser.add_argument('first', metavar='A.csv', help=help_)
    parser.add_argument('second', metavar='B.csv', help='and for the other')
    parser.add_argument(
        '--confidence',
        type=float,
        default=0.95,
        help='of the intervals (default: %(default)s)',
    )
    parser.add_argument(
        '--resamples',
        type=int,
        default=9999,
        help='number of resamples (default: %(default)s)',
    )
    parser.add_argument('--seed', type=int, default=0, help='seed')
    args = parser.parse_args(argv)
    if args.resamples < 1 or args.seed < 0:
        parser.error(
            '--resamples must be at least 1 and --seed not negative, not '
            f'{args.resamples} and {args.seed}'
        )
    if not 0 < args.confidence < 1:
        parser.error(f'--confidence must be in (0, 1), not {args.confidence}')
    return args
