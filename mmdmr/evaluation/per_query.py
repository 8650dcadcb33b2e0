"""Metrics of each query: the CSV file, and comparing two such files."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmdmr.errors import InputError
from mmdmr.evaluation.functional import (
    Difference,
    ScoringResult,
    paired_bootstrap,
)
from mmdmr.structures import SearchTask

#: Columns that are compared, and names of the means over queries.
_COMPARED = {'ap': 'mAP', 'top1': 'top-1'}


class QueryId(NamedTuple):
    """Identity of a query in a file, to match the queries of two files.

    Args:
        number (int): Position in the data set's queries.
        img_name (str): Image that the query was taken from.
        x1 (str): Left end of its box in pixels, as written.
    """

    number: int
    img_name: str
    x1: str


#: Metrics ``ap`` and ``top1`` in [0, 1], by search and query.
PerQuery = Mapping[str, Mapping[QueryId, dict[str, float]]]


class Comparison(NamedTuple):
    """One metric of one search, by methods A and B.

    Args:
        search (str): Key of the search, such as ``search.all``.
        metric (str): ``mAP`` or ``top-1``.
        num_queries (int): Number of queries.
        means (tuple[float, float]): Metric of A and of B, in [0, 1].
        difference (Difference): A minus B.
    """

    search: str
    metric: str
    num_queries: int
    means: tuple[float, float]
    difference: Difference

    @property
    def verdict(self) -> str:
        """str: ``A is better``, ``B is better`` or ``no difference seen``."""
        if not self.difference.is_clear:
            return 'no difference seen'
        return 'A is better' if self.difference.mean > 0 else 'B is better'


def write_per_query(
    path: str | Path, result: ScoringResult, task: SearchTask
) -> None:
    """Write a row for each query of each search.

    Args:
        path (str | Path): CSV file; its folder is made.
        result (ScoringResult): Metrics of all searches.
        task (SearchTask): Test split that was scored.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    searches = list(result.searches.values())
    topk = [name for name in searches[0].metrics if name != 'mAP']
    with path.open('w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file)
        writer.writerow(
            ['search', 'query', 'img_name', 'x1', 'y1', 'x2', 'y2']
            + ['person_id', 'to_find', 'ap', 'recall', 'first_true']
            + topk
        )
        for key in result.searches:
            writer.writerows(_rows(key, result, task))


def _rows(
    key: str, result: ScoringResult, task: SearchTask
) -> Iterator[list[object]]:
    """Cells of each query of one search."""
    scores, protocol = result.searches[key], result.protocols[key]
    truth, queries = task.ground_truth, task.queries
    for i, query_id in enumerate(protocol.query_ids):
        person = queries.person_ids[query_id]
        rank = scores.first_true[i]
        yield [
            key,
            int(query_id),
            truth.img_names[queries.img_ids[query_id]],
            *(f'{v:g}' for v in queries.boxes[query_id]),
            truth.person_id_names[person] if person >= 0 else '',
            len(protocol.gt_img_ids[i]),
            # repr() gives all digits: a reader gets an identical float.
            repr(float(scores.ap[i])),
            repr(float(scores.recall[i])),
            # Ranks count from 1 here, as people count.
            '' if np.isinf(rank) else int(rank) + 1,
            *(int(hit) for hit in scores.hits[i]),
        ]


def read_per_query(path: str | Path) -> PerQuery:
    """Read a file of :func:`write_per_query`.

    Args:
        path (str | Path): CSV file.

    Returns:
        PerQuery: Metrics by search and query.

    Raises:
        FileNotFoundError: The file is missing.
        InputError: The file holds anything else, or a query twice.
    """
    table: dict[str, dict[QueryId, dict[str, float]]] = {}
    with Path(path).open(newline='', encoding='utf-8-sig') as file:
        reader = csv.DictReader(file)
        needed = {'search', 'query', 'img_name', 'x1', *_COMPARED}
        try:
            if not needed <= set(reader.fieldnames or ()):
                raise ValueError(
                    'the first line must name the columns '
                    f'{", ".join(sorted(needed))}'
                )
            for row in reader:
                if None in (row['search'], row['img_name'], row['x1']):
                    raise ValueError('the line is too short')
                query = QueryId(int(row['query']), row['img_name'], row['x1'])
                found = {column: float(row[column]) for column in _COMPARED}
                if not all(0 <= value <= 1 for value in found.values()):
                    raise ValueError(f'{found} are not in [0, 1]')
                queries = table.setdefault(row['search'], {})
                if query in queries:
                    raise ValueError(
                        f'query {query.number} of {row["search"]} is listed '
                        'twice'
                    )
                queries[query] = found
            if not table:
                raise ValueError('the file has no row')
        except (TypeError, ValueError, csv.Error) as error:
            raise InputError(
                f'{path}: no file of "mmdmr score_search --per-query", line '
                f'{reader.line_num}: {error}'
            ) from error
    return table


def compare_per_query(
    first: PerQuery,
    second: PerQuery,
    confidence: float = 0.95,
    resamples: int = 9999,
    seed: int = 0,
) -> list[Comparison]:
    """Compare the searches that two methods have in common.

    Args:
        first (PerQuery): Metrics of method A, of :func:`read_per_query`.
        second (PerQuery): Metrics of method B on the same queries.
        confidence (float): Confidence of the intervals, in (0, 1). Defaults
            to 0.95.
        resamples (int): Number of resamples of the queries. Defaults to 9999.
        seed (int): Seed of the resamples. Defaults to 0.

    Returns:
        list[Comparison]: Per search a comparison of mAP and one of top-1.

    Raises:
        InputError: No search is in both files, the queries of a search
            differ, or a search has fewer than two queries.

    Example:
        >>> def method(ap):
        ...     return {'search.all': {
        ...         QueryId(i, 'a.jpg', '0'): dict(ap=ap, top1=1.0)
        ...         for i in range(20)}}
        >>> rows = compare_per_query(method(0.6), method(0.5))
        >>> [(row.metric, row.verdict) for row in rows]
        [('mAP', 'A is better'), ('top-1', 'no difference seen')]
    """
    common = [key for key in first if key in second]
    if not common:
        raise InputError(
            f'the files have no search in common: {", ".join(first)} and '
            f'{", ".join(second)}'
        )
    rows = []
    for key in common:
        _check_same_queries(key, first[key], second[key])
        for column, metric in _COMPARED.items():
            a, b = (
                np.array([table[key][query][column] for query in first[key]])
                for table in (first, second)
            )
            difference = paired_bootstrap(a, b, confidence, resamples, seed)
            means = (float(a.mean()), float(b.mean()))
            rows.append(Comparison(key, metric, len(a), means, difference))
    return rows


def _check_same_queries(
    search: str,
    first: Mapping[QueryId, dict[str, float]],
    second: Mapping[QueryId, dict[str, float]],
) -> None:
    """Check that both methods scored the same queries, two or more."""
    if first.keys() != second.keys():
        odd = sorted(first.keys() ^ second.keys())
        raise InputError(
            f'{search}: {len(odd)} queries are in one file only, query '
            f'{odd[0].number} in {odd[0].img_name} first; score both on the '
            'same data set'
        )
    if len(first) < 2:
        raise InputError(
            f'{search}: one query gives no interval; score two queries or more'
        )
