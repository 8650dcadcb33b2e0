"""``mmdmr compare_searches``: is one method better, or was it luck?"""

import csv
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmdmr.cli.errors import input_errors
from mmdmr.evaluation.functional import Difference, paired_bootstrap

_FIGURES = {'ap': 'mAP', 'top1': 'top-1'}
#: Figures by search and query; a query is known by number, image and box.
_Table = dict[str, dict[tuple, dict[str, float]]]


def main(argv: Sequence[str] | None = None) -> int:
    """Compare two per-query files.

    Args:
        argv (Sequence[str], optional): Arguments. Defaults to those of the
            process.

    Returns:
        int: 0. Wrong input exits with code 2.
    """
    args = _parse(argv)
    with input_errors('compare_searches'):
        first, second = read_table(args.first), read_table(args.second)
        rows = list(compare(first, second, args))
    print(
        f'A = {args.first}\nB = {args.second}\n'
        f'{100 * args.confidence:g} % intervals of {args.resamples} paired '
        'resamples of the queries'
    )
    alone = sorted(first.keys() ^ second.keys())
    if alone:
        print(f'note: in one file only, not compared: {", ".join(alone)}')
    width = max(len(key) for key, *_ in rows)
    for key, name, num, means, gap in rows:
        print(
            f'{key:{width}} {name:5} A {100 * means[0]:6.2f}  '
            f'B {100 * means[1]:6.2f}  A - B {100 * gap.mean:+6.2f} '
            f'[{100 * gap.low:+.2f}, {100 * gap.high:+.2f}]  '
            f'p {gap.p_value:.4f}  {verdict(gap)} ({num} queries)'
        )
    return 0


def compare(
    first: _Table, second: _Table, args: Namespace
) -> list[tuple[str, str, int, tuple[float, float], Difference]]:
    """Compare what both files hold.

    Args:
        first (dict): Of :func:`read_table`.
        second (dict): Of the other file.
        args (Namespace): ``confidence``, ``resamples``, ``seed``.

    Returns:
        list[tuple]: Search, figure, number of queries, both means, and the
        difference.

    Raises:
        ValueError: They have no search in common, or not the same queries.
    """
    common = [key for key in first if key in second]
    if not common:
        raise ValueError(
            f'the files have no search in common: {", ".join(first)} and '
            f'{", ".join(second)}'
        )
    rows = []
    for key in common:
        if first[key].keys() != second[key].keys():
            odd = sorted(first[key].keys() ^ second[key].keys())
            raise ValueError(
                f'{key}: {len(odd)} queries are in one file only, query '
                f'{odd[0][0]} in {odd[0][1]} first; score both on the same '
                'data set'
            )
        if len(first[key]) < 2:
            raise ValueError(
                f'{key}: one query tells nothing of luck; score two or more'
            )
        for column, name in _FIGURES.items():
            a, b = (
                np.array([table[key][q][column] for q in first[key]])
                for table in (first, second)
            )
            gap = paired_bootstrap(
                a, b, args.confidence, args.resamples, args.seed
            )
            means = (float(a.mean()), float(b.mean()))
            rows.append((key, name, len(a), means, gap))
    return rows


def verdict(gap: Difference) -> str:
    """What a difference says, in words.

    Args:
        gap (Difference): First minus second.

    Returns:
        str: Who is better, if that is clear.
    """
    if not gap.is_clear:
        return 'no difference seen'
    return 'A is better' if gap.mean > 0 else 'B is better'


def read_table(path: str) -> _Table:
    """Read a file of ``mmdmr score_search --per-query``.

    Args:
        path (str): CSV file.

    Returns:
        dict: Figures by search and query.

    Raises:
        FileNotFoundError: It is missing.
        ValueError: It is another kind of file.
    """
    table: _Table = {}
    with Path(path).open(newline='', encoding='utf-8-sig') as file:
        reader = csv.DictReader(file)
        needed = {'search', 'query', 'img_name', 'x1', *_FIGURES}
        try:
            if not needed <= set(reader.fieldnames or ()):
                raise ValueError(
                    'the first line must name the columns '
                    f'{", ".join(sorted(needed))}'
                )
            for row in reader:
                query = (int(row['query']), row['img_name'], row['x1'])
                found = {column: float(row[column]) for column in _FIGURES}
                if not all(0 <= value <= 1 for value in found.values()):
                    raise ValueError(f'{found} are not in [0, 1]')
                queries = table.setdefault(row['search'], {})
                if query in queries:
                    raise ValueError(
                        f'query {query[0]} of {row["search"]} is there twice'
                    )
                queries[query] = found
            if not table:
                raise ValueError('there is no row')
        except (TypeError, ValueError, csv.Error) as error:
            raise ValueError(
                f'{path}: is not what "mmdmr score_search --per-query" '
                f'writes, line {reader.line_num}: {error}'
            ) from error
    return table


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
