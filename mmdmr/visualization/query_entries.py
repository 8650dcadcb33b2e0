"""Queries for the search page: order, titles, notes and matches."""

from collections.abc import Iterable, Iterator

import numpy as np

from mmdmr.evaluation.functional import (
    SearchScores,
    find_positives,
    rank_gallery,
)
from mmdmr.structures import Detections, SearchProtocol, SearchTask
from mmdmr.visualization.search_page import QueryEntry

#: Orders that :func:`order_queries` knows.
ORDERS = ('worst', 'best', 'listed')


def order_queries(scores: SearchScores, order: str) -> np.ndarray:
    """Order queries by average precision, or as the protocol lists them.

    Args:
        scores (SearchScores): Scores of m queries.
        order (str): ``worst``: lowest average precision first; ``best``:
            highest first; ``listed``: order of the protocol.

    Returns:
        np.ndarray: (m,) positions of the queries.

    Example:
        >>> ap, first_true = np.array([0.5, 0.1]), np.array([0, 3])
        >>> scores = SearchScores({}, ap, ap, first_true, ap)
        >>> order_queries(scores, 'worst').tolist()
        [1, 0]
    """
    if order == 'listed':
        return np.arange(len(scores.ap))
    sign = 1 if order == 'worst' else -1
    # Of two queries with equal average precision, the worse has its first
    # right match further down.
    return np.lexsort((-sign * scores.first_true, sign * scores.ap))


def query_entries(
    task: SearchTask,
    protocol: SearchProtocol,
    detections: Detections,
    query_feats: np.ndarray,
    scores: SearchScores,
    positions: Iterable[int],
    *,
    score_thr: float,
    num_matches: int,
) -> Iterator[QueryEntry]:
    """Search queries again, to show their matches.

    Args:
        task (SearchTask): Annotations and the q queries.
        protocol (SearchProtocol): Galleries of m queries.
        detections (Detections): Detections of all images.
        query_feats (np.ndarray): (q, D) embeddings of the queries.
        scores (SearchScores): Scores of the m queries.
        positions (Iterable[int]): Positions of the queries to show.
        score_thr (float): Least score of a detection.
        num_matches (int): Number of matches for each query.

    Yields:
        QueryEntry: One query with its matches, in the order of ``positions``.
    """
    truth, queries = task.ground_truth, task.queries
    for i in positions:
        query_id = protocol.query_ids[i]
        person = queries.person_ids[query_id]
        img_name = truth.img_names[queries.img_ids[query_id]]
        title = f'Query {query_id} in {img_name}'
        if person >= 0:
            title += f', person {truth.person_id_names[person]}'
        search = (
            detections,
            query_feats[query_id],
            protocol,
            int(i),
            score_thr,
        )
        ranking = rank_gallery(*search, num=num_matches)
        yield QueryEntry(
            title,
            f'AP {100 * scores.ap[i]:.1f}, recall '
            f'{100 * scores.recall[i]:.0f} %',
            queries.img_ids[query_id],
            queries.boxes[query_id],
            ranking,
            detections.boxes[ranking.rows],
            find_positives(*search),
        )
