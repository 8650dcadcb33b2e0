"""``mmdmr compare_searches``: compare two methods query by query."""

from argparse import ArgumentParser, Namespace

from mmdmr.errors import InputError
from mmdmr.evaluation.per_query import compare_per_query, read_per_query

#: Resamples that a comparison of searches still takes minutes for.
_MOST = 10**6


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Compare two methods query by query (paired bootstrap).'
    )
    help_ = 'file of "mmdmr score_search --per-query" for method '
    parser.add_argument('first', metavar='A.csv', help=f'{help_}A')
    parser.add_argument('second', metavar='B.csv', help=f'{help_}B')
    parser.add_argument(
        '--confidence',
        type=float,
        default=0.95,
        help='confidence of the intervals, between 0 and 1',
    )
    parser.add_argument(
        '--resamples',
        type=int,
        default=9999,
        help='number of resamples',
    )
    parser.add_argument(
        '--seed', type=int, default=0, help='seed of the resamples'
    )


def run(args: Namespace) -> int:
    """Compare two per-query files.

    Returns:
        int: 0.

    Raises:
        InputError: An argument or a file is wrong.
    """
    _check(args)
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


def _check(args: Namespace) -> None:
    if args.resamples < 1 or args.seed < 0:
        raise InputError(
            '--resamples must be at least 1 and --seed not negative, not '
            f'{args.resamples} and {args.seed}'
        )
    if args.resamples > _MOST:
        raise InputError(
            f'--resamples must be at most {_MOST}, not {args.resamples}'
        )
    if not 0 < args.confidence < 1:
        raise InputError(
            f'--confidence must be in (0, 1), not {args.confidence}'
        )
