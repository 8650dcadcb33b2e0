"""Person search scored by the protocols of CUHK-SYSU and PRW."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import Detections, SearchProtocol

from .candidates import find_candidates
from .cbgm import CBGM
from .kept_detections import filter_by_score
from .query import (
    QueryInGallery,
    Search,
    check_feats,
    coarse_similarities,
    expanded_queries,
)
from .query_expansion import ExpansionOptions
from .reranking import RerankingOptions

__all__ = ['Search', 'SearchScores', 'score_search', 'score_searches']

#: Memory for the similarities of a block of queries, without a block size: the
#: least; for many detections what _FULL queries take, up to the most.
_LEAST_BYTES, _MOST_BYTES = 2**27, 2**30
#: Number of queries from which the matrix product runs at full speed.
_FULL = 256


@dataclass(frozen=True, eq=False)
class SearchScores:
    """Metrics of a protocol, and of each of its m queries.

    Args:
        metrics (dict[str, float]): ``mAP``, ``top1``, ... in [0, 1].
        ap (np.ndarray): (m,) float64 average precision x recall, in [0, 1].
        recall (np.ndarray): (m,) float64 share of the images that hold the
            person in which it was found, in [0, 1].
        first_true (np.ndarray): (m,) float64 rank, from 0, of the first true
            positive; infinite for a query without a true positive.
        hits (np.ndarray): (m, len(topk)) bool, True if a true positive is
            among the first k.

    Example:
        >>> import numpy as np
        >>> scores = SearchScores(
        ...     dict(mAP=0.5, top1=0.5), ap=np.array([1., 0.]),
        ...     recall=np.array([1., 0.]), first_true=np.array([0, np.inf]),
        ...     hits=np.array([[True], [False]]))
        >>> scores.metrics['mAP'], float(scores.ap.mean())
        (0.5, 0.5)
    """

    metrics: dict[str, float]
    ap: np.ndarray
    recall: np.ndarray
    first_true: np.ndarray
    hits: np.ndarray

    @property
    def figures(self) -> dict[str, float]:
        """dict[str, float]: Same as :attr:`metrics`."""
        return self.metrics


def score_search(
    detections: Detections,
    query_feats: np.ndarray,
    protocol: SearchProtocol,
    score_thr: float = 0.5,
    topk: Sequence[int] = (1, 5, 10),
    block_size: int | None = None,
    cws: bool = False,
    cbgm: CBGM | None = None,
    expansion: ExpansionOptions | None = None,
    reranking: RerankingOptions | None = None,
) -> SearchScores:
    """Search each query in its gallery, and score the rankings.

    Source: the OIM evaluation (Xiao et al., CVPR 2017) as SeqNet runs it.

    * Detections below the score threshold are excluded; the ground truth of
      their images still counts.
    * True positive: in each image that holds the queried person, the most
      similar detection whose IoU reaches :func:`~.matching.iou_threshold`.
    * AP of a query: :func:`~.average_precision.average_precision` over the
      detections of its whole gallery, times the recall.
    * Top-k: share of the queries with a true positive among the first k.
    * Ties among the first k, and among detections of one image, go to gallery
      order, then to stored order.
    * An image listed twice in ``gt_img_ids`` counts twice in the recall. The
      image is ranked once, against the box listed first.

    Args:
        detections (Detections): Detections of all images, N in all, with
            (N, D) embeddings.
        query_feats (np.ndarray): (q, D) embeddings of all queries, indexed
            by ``protocol.query_ids``.
        protocol (SearchProtocol): m queries and their galleries.
        score_thr (float): Least score of a detection. Defaults to 0.5.
        topk (Sequence[int]): Ranks k of the top-k metrics. Defaults to
            (1, 5, 10).
        block_size (int | None): Number of queries compared at a time, which
            bounds memory (4 x block_size x N bytes; three times as much with
            query expansion) and changes no metric.
            Defaults to None: :func:`default_block_size`.
        cws (bool): True for confidence-weighted similarity, see
            :class:`Search`. Defaults to False.
        cbgm (CBGM | None): Context matching, see :class:`Search`. Defaults to
            None.
        expansion (ExpansionOptions | None): Query expansion, see
            :class:`Search`. Defaults to None.
        reranking (RerankingOptions | None): k-reciprocal re-ranking, see
            :class:`Search`. Defaults to None.

    Returns:
        SearchScores: Metrics, and arrays of m queries.

    Raises:
        InputError: Embeddings are not finite, not of unit length or of two
            dimensionalities; the protocol has no queries, a query without
            ground truth, or ground truth outside its gallery; or options do
            not go together.

    Example:
        >>> import numpy as np
        >>> detections = Detections(
        ...     boxes=np.array([[0., 0., 40., 90.]] * 3),
        ...     scores=np.array([0.9, 0.8, 0.2]),
        ...     feats=np.array([[0., 1.], [1., 0.], [1., 0.]]),
        ...     offsets=np.array([0, 1, 2, 3]))
        >>> protocol = SearchProtocol(
        ...     'G3', np.array([0]), [np.array([0, 1, 2])],
        ...     [np.array([1, 2])], [np.array([[0., 0., 40., 90.]] * 2)])
        >>> score_search(detections, np.array([[1., 0.]]), protocol).metrics
        {'mAP': 0.5, 'top1': 1.0, 'top5': 1.0, 'top10': 1.0}
    """
    search = Search(protocol, cws, cbgm, expansion, reranking)
    return score_searches(
        detections, query_feats, [search], score_thr, topk, block_size
    )[0]


def score_searches(
    detections: Detections,
    query_feats: np.ndarray,
    searches: Sequence[Search],
    score_thr: float = 0.5,
    topk: Sequence[int] = (1, 5, 10),
    block_size: int | None = None,
) -> list[SearchScores]:
    """Score several searches; each similarity is computed once.

    Args:
        detections (Detections): Detections, as for :func:`score_search`.
        query_feats (np.ndarray): (q, D) embeddings of all queries.
        searches (Sequence[Search]): Protocols with their options.
        score_thr (float): Least score of a detection. Defaults to 0.5.
        topk (Sequence[int]): Ranks k of the top-k metrics. Defaults to
            (1, 5, 10).
        block_size (int | None): Number of queries compared at a time, as for
            :func:`score_search`. Defaults to None.

    Returns:
        list[SearchScores]: Scores of each search.

    Raises:
        InputError: :func:`score_search` would refuse an argument.

    Example:
        >>> import numpy as np
        >>> detections = Detections(
        ...     boxes=np.array([[0., 0., 40., 90.]] * 2),
        ...     scores=np.array([0.9, 0.5]), feats=np.eye(2),
        ...     offsets=np.array([0, 1, 2]))
        >>> protocol = SearchProtocol(
        ...     'G2', np.array([0]), [np.array([0, 1])], [np.array([1])],
        ...     [np.array([[0., 0., 40., 90.]])])
        >>> plain, weighted = score_searches(
        ...     detections, np.array([[0.6, 0.8]]),
        ...     [Search(protocol), Search(protocol, cws=True)])
        >>> plain.metrics['top1'], weighted.metrics['top1']
        (1.0, 0.0)
    """
    for search in searches:
        if not len(search.protocol.query_ids):
            raise InputError(f'protocol {search.protocol.name} has no queries')
    kept = filter_by_score(detections, score_thr)
    used = np.unique(np.concatenate([s.protocol.query_ids for s in searches]))
    check_feats(detections.feats, query_feats[used])
    results = [_PerQuery(len(s.protocol.query_ids)) for s in searches]
    buffer = spare = None
    row_buffer = np.empty(len(kept), dtype=np.float32)
    for block in _blocks(used, len(kept), block_size):
        # Of all blocks the first one is the largest: its memory is reused.
        coarse = buffer = coarse_similarities(query_feats[block], kept, buffer)
        for search, result in zip(searches, results):
            query_ids = search.protocol.query_ids
            # Queries of the protocol that are in the block, by position in
            # the protocol and by row of the block.
            positions = np.flatnonzero(np.isin(query_ids, block))
            block_rows = np.searchsorted(block, query_ids[positions])
            feats, sims = query_feats[query_ids[positions]], coarse
            if search.expansion is not None:
                feats = expanded_queries(
                    search, positions, kept, feats, coarse[block_rows]
                )
                sims = spare = coarse_similarities(feats, kept, spare)
                block_rows = np.arange(len(positions))
            found = find_candidates(kept, search.protocol, positions)
            for i, feat, row, candidates in zip(
                positions, feats, block_rows, found
            ):
                query = QueryInGallery(
                    search, i, kept, feat, sims[row], row_buffer
                )
                result.ap[i], result.recall[i], result.first_true[i] = (
                    query.score(candidates)
                )
    return [result.scores(topk) for result in results]


class _PerQuery:
    """Arrays of one search, filled query by query."""

    def __init__(self, num: int) -> None:
        self.ap, self.recall = np.zeros(num), np.zeros(num)
        self.first_true = np.full(num, np.inf)

    def scores(self, topk: Sequence[int]) -> SearchScores:
        hits = self.first_true[:, None] < np.asarray(topk)
        metrics = dict(mAP=float(self.ap.mean()))
        for k, rate in zip(topk, hits.mean(axis=0)):
            metrics[f'top{k}'] = float(rate)
        return SearchScores(
            metrics, self.ap, self.recall, self.first_true, hits
        )


def default_block_size(num_kept: int) -> int:
    """Number of queries that are compared at a time.

    Args:
        num_kept (int): Number of kept detections.

    Returns:
        int: As many as fit in 128 MiB; if that is fewer than 256, then 256,
        or as many as fit in 1 GiB; at least 1.

    Example:
        >>> default_block_size(37000), default_block_size(500000)
        (906, 256)
    """
    row = 4 * max(num_kept, 1)  # bytes
    memory = min(max(_LEAST_BYTES, _FULL * row), _MOST_BYTES)
    return max(1, memory // row)


def _blocks(
    used: np.ndarray, num_kept: int, block_size: int | None
) -> Iterator[np.ndarray]:
    """Successive query ids, as many at a time as memory allows."""
    if block_size is None:
        block_size = default_block_size(num_kept)
    for start in range(0, len(used), block_size):
        yield used[start : start + block_size]
