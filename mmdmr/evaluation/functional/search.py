"""Person search scored by the protocols of CUHK-SYSU and PRW."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mmdmr.structures import Detections, RemainderGalleries, SearchProtocol

from .arrays import Kept, select
from .cbgm import CBGM, revised_similarities
from .counting import (
    LEFT_OUT,
    Level,
    coarse_error,
    count_above,
    most_similar,
    tied_with,
)
from .matching import iou, iou_threshold
from .precision import mean_precision
from .similarity import check_embeddings, similarity

#: Rounding of weighted and of revised similarities to float32.
_ROUNDING = 2.0**-23
#: Memory for the similarities of a block of queries, unless one is given.
_BLOCK_BYTES = 2**27
_GALLERY_BLOCK = 8192


@dataclass(frozen=True)
class Search:
    """A protocol and how similarities are made in it.

    Args:
        protocol (SearchProtocol): Queries and galleries.
        cws (bool): Whether similarities are weighted by the confidence of the
            detection (confidence-weighted similarity, SeqNet, AAAI 2021).
            Defaults to False.
        cbgm (CBGM, optional): Context bipartite graph matching. Defaults to
            None: similarities are not revised.
    """

    protocol: SearchProtocol
    cws: bool = False
    cbgm: CBGM | None = None


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


@dataclass(frozen=True)
class Ranking:
    """The best matches of one query, the most similar first.

    Args:
        img_ids (np.ndarray): (r,) int64 image indices.
        rows (np.ndarray): (r,) int64 rows of the detections.
        similarities (np.ndarray): (r,) float64 cosines.
        is_true (np.ndarray): (r,) bool, it counts as the queried person.
        ious (np.ndarray): (r,) float64 IoU with the queried person's box in
            that image, 0 where the person is not. A detection of the person
            counts only once, and only if its box is good enough.
    """

    img_ids: np.ndarray
    rows: np.ndarray
    similarities: np.ndarray
    is_true: np.ndarray
    ious: np.ndarray

    @property
    def kinds(self) -> list[str]:
        """list[str]: ``right``; ``uncounted`` for the queried person in a box
        that is poor or found already; ``wrong`` for anybody else.
        """
        return [
            'right' if true else 'uncounted' if overlap >= 0.3 else 'wrong'
            for true, overlap in zip(self.is_true, self.ious)
        ]


@dataclass(frozen=True)
class Truth:
    """Where the queried person is, and whether the search found it.

    Args:
        img_ids (np.ndarray): (p,) int64 images that hold the person.
        boxes (np.ndarray): (p, 4) boxes of the person there.
        ranks (np.ndarray): (p,) float64 rank, from 0, of the detection that
            is right; infinite where none was.
    """

    img_ids: np.ndarray
    boxes: np.ndarray
    ranks: np.ndarray


def score_search(
    detections: Detections,
    query_feats: np.ndarray,
    protocol: SearchProtocol,
    score_thr: float = 0.5,
    topk: Sequence[int] = (1, 5, 10),
    block_size: int | None = None,
    cws: bool = False,
    cbgm: CBGM | None = None,
) -> SearchScores:
    """Search each query in its gallery.

    Source: the OIM evaluation as SeqNet runs it. Detections with a score
    below the threshold are left out; the images' ground truth still counts.
    In each image that holds the queried person, the most similar detection
    whose IoU reaches :func:`~.matching.iou_threshold` is the true positive.
    A query's AP is that of :func:`~.precision.average_precision` over its
    whole gallery, times the recall. Ties among the first k and among the
    detections of an image go to gallery order, then stored order. An image
    listed twice in ``gt_img_ids`` counts twice in the recall and is ranked
    once, against the first listing's box.

    Args:
        detections (Detections): Detections of all images, N in all, with
            (N, D) embeddings.
        query_feats (np.ndarray): (q, D) embeddings of all queries, indexed
            by ``protocol.query_ids``.
        protocol (SearchProtocol): m queries and their galleries.
        score_thr (float): Least score of a detection. Defaults to 0.5.
        topk (Sequence[int]): The k of the top-k figures. Defaults to
            (1, 5, 10).
        block_size (int, optional): Queries compared at a time; it bounds
            memory (4 x block_size x N bytes) and changes no figure. Defaults
            to None: as many as fit in 128 MiB.
        cws (bool): As in :class:`Search`. Defaults to False.
        cbgm (CBGM, optional): As in :class:`Search`. Defaults to None.

    Returns:
        SearchScores: Figures and per-query arrays.

    Raises:
        ValueError: Embeddings are not finite, not of unit length or of two
            dimensionalities; the protocol has no queries, a query without
            ground truth, or ground truth outside its gallery.

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
    search = Search(protocol, cws, cbgm)
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
    """Search by several protocols; each similarity is computed once.

    Args:
        detections (Detections): As for :func:`score_search`.
        query_feats (np.ndarray): As for :func:`score_search`.
        searches (Sequence[Search]): The protocols, with their options.
        score_thr (float): As for :func:`score_search`.
        topk (Sequence[int]): As for :func:`score_search`.
        block_size (int, optional): As for :func:`score_search`.

    Returns:
        list[SearchScores]: One for each search.

    Raises:
        ValueError: As :func:`score_search`.

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
            raise ValueError(f'protocol {search.protocol.name} has no queries')
    kept = select(detections, score_thr)
    used = np.unique(np.concatenate([s.protocol.query_ids for s in searches]))
    _check(detections.feats, query_feats[used])
    results = [_PerQuery(len(s.protocol.query_ids)) for s in searches]
    buffer = None
    for block in _blocks(used, len(kept.rows), block_size):
        coarse = buffer = _coarse(query_feats[block], kept, buffer)
        for search, result in zip(searches, results):
            query_ids = search.protocol.query_ids
            positions = np.flatnonzero(np.isin(query_ids, block))
            places = np.searchsorted(block, query_ids[positions])
            candidates = _candidates(kept, search.protocol, positions)
            for i, place, found in zip(positions, places, candidates):
                one = _Query(
                    search, i, kept, query_feats[query_ids[i]], coarse[place]
                )
                result.ap[i], result.recall[i], result.first_true[i] = (
                    one.score(*found)
                )
    return [result.scores(topk) for result in results]


def rank_gallery(
    detections: Detections,
    query_feat: np.ndarray,
    protocol: SearchProtocol,
    index: int,
    score_thr: float = 0.5,
    num: int = 10,
) -> Ranking:
    """Best matches of one query, as :func:`score_search` ranks them.

    Args:
        detections (Detections): Detections of all images, N in all.
        query_feat (np.ndarray): (D,) embedding of the query.
        protocol (SearchProtocol): Queries and their galleries.
        index (int): Position of the query in ``protocol.query_ids``.
        score_thr (float): Least score of a detection. Defaults to 0.5.
        num (int): Matches wanted. Defaults to 10.

    Returns:
        Ranking: At most ``num`` matches.

    Raises:
        ValueError: As :func:`score_search`.

    Example:
        >>> import numpy as np
        >>> detections = Detections(
        ...     boxes=np.array([[0., 0., 40., 90.]] * 2),
        ...     scores=np.array([0.9, 0.8]),
        ...     feats=np.array([[0., 1.], [1., 0.]]),
        ...     offsets=np.array([0, 1, 2]))
        >>> protocol = SearchProtocol(
        ...     'G2', np.array([0]), [np.array([0, 1])], [np.array([1])],
        ...     [np.array([[0., 0., 40., 90.]])])
        >>> ranking = rank_gallery(detections, np.array([1., 0.]), protocol,
        ...                        0)
        >>> ranking.img_ids.tolist(), ranking.is_true.tolist()
        ([1, 0], [True, False])
    """
    query, candidates, owners = _one_query(
        detections, query_feat, protocol, index, score_thr
    )
    best = query.most_similar(num)
    img_ids = query.kept.image_of(best)
    rows = query.kept.rows[best]
    held, first = np.unique(protocol.gt_img_ids[index], return_index=True)
    boxes = dict(zip(held.tolist(), protocol.gt_boxes[index][first]))
    ious = [
        float(iou(detections.boxes[row], boxes[img_id]))
        if img_id in boxes
        else 0.0
        for img_id, row in zip(img_ids.tolist(), rows)
    ]
    return Ranking(
        img_ids=img_ids,
        rows=rows,
        similarities=query.exact(best),
        is_true=np.isin(best, query.true_positives(candidates, owners)),
        ious=np.array(ious),
    )


def find_truth(
    detections: Detections,
    query_feat: np.ndarray,
    protocol: SearchProtocol,
    index: int,
    score_thr: float = 0.5,
) -> Truth:
    """Where one query is to be found, and at which ranks it was.

    Args:
        detections (Detections): Detections of all images, N in all.
        query_feat (np.ndarray): (D,) embedding of the query.
        protocol (SearchProtocol): Queries and their galleries.
        index (int): Position of the query in ``protocol.query_ids``.
        score_thr (float): Least score of a detection. Defaults to 0.5.

    Returns:
        Truth: Each image once.

    Raises:
        ValueError: As :func:`score_search`.

    Example:
        >>> import numpy as np
        >>> box = np.array([[0., 0., 40., 90.]])
        >>> detections = Detections(box, np.array([0.9]), np.eye(2)[:1],
        ...                         np.array([0, 1, 1]))
        >>> protocol = SearchProtocol(
        ...     'G2', np.array([0]), [np.array([0, 1])], [np.array([0, 1])],
        ...     [np.tile(box, (2, 1))])
        >>> find_truth(detections, np.array([1., 0.]), protocol, 0).ranks
        array([ 0., inf])
    """
    query, candidates, owners = _one_query(
        detections, query_feat, protocol, index, score_thr
    )
    img_ids, first = np.unique(protocol.gt_img_ids[index], return_index=True)
    ranks = np.full(len(img_ids), np.inf)
    true = query.true_positives(candidates, owners)
    if len(true):
        above, _ = count_above(query.coarse, query.error, query.finer, true)
        ranks[np.unique(owners)] = above
    return Truth(img_ids, protocol.gt_boxes[index][first], ranks)


def _one_query(
    detections: Detections,
    query_feat: np.ndarray,
    protocol: SearchProtocol,
    index: int,
    score_thr: float,
) -> tuple['_Query', np.ndarray, np.ndarray]:
    """A query in its gallery, and what :func:`_candidates` gives for it."""
    kept = select(detections, score_thr)
    _check(detections.feats, query_feat[None])
    ((candidates, owners, _),) = _candidates(kept, protocol, np.array([index]))
    coarse = _coarse(query_feat[None], kept)[0]
    query = _Query(Search(protocol), index, kept, query_feat, coarse)
    return query, candidates, owners


class _PerQuery:
    """Arrays that are filled query by query."""

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


class _Query:
    """One query in its gallery; entries are kept detections, by position.

    Similarities are coarse for all and exact on demand, see
    :mod:`.counting`. What is not in the gallery has ``LEFT_OUT``.
    """

    def __init__(
        self,
        search: Search,
        index: int,
        kept: Kept,
        feat: np.ndarray,
        coarse: np.ndarray,
    ) -> None:
        self.search, self.index, self.kept = search, index, kept
        self.feat = feat
        self.error = coarse_error(len(feat)) + _ROUNDING
        self.finer = [
            Level(self._double, coarse_error(len(feat), np.float64)),
            Level(self.exact, 0.0),
        ]
        self.weights = kept.scores if search.cws else None
        if self.weights is not None:
            coarse = coarse * self.weights.astype(np.float32)
        self.coarse = self._in_gallery(coarse)
        self.revised = np.empty(0, dtype=np.int64)
        self.revisions = np.empty(0)
        if search.cbgm is not None:
            self._revise(search.cbgm)

    def _in_gallery(self, coarse: np.ndarray) -> np.ndarray:
        """A copy in which only the gallery has similarities."""
        galleries = self.search.protocol.galleries
        if isinstance(galleries, RemainderGalleries):
            coarse = coarse.copy()
            left_out = self.kept.rows_of(galleries.excluded_from(self.index))
            coarse[left_out] = LEFT_OUT
            return coarse
        rows = self.kept.rows_of(galleries[self.index])
        there = np.full_like(coarse, LEFT_OUT)
        there[rows] = coarse[rows]
        return there

    def exact(self, entries: np.ndarray) -> np.ndarray:
        """(m,) float64 similarities."""
        feats = self.kept.feats(entries)
        return self._adjusted(similarity(self.feat[None], feats)[0], entries)

    def _double(self, entries: np.ndarray) -> np.ndarray:
        """(m,) float64 similarities, rounded as a product rounds."""
        feats = self.kept.feats(entries).astype(np.float64, copy=False)
        return self._adjusted(feats @ self.feat.astype(np.float64), entries)

    def _adjusted(self, values: np.ndarray, entries: np.ndarray) -> np.ndarray:
        """Weighted by confidence, and revised where they are."""
        if self.weights is not None:
            values = values * self.weights[entries]
        if len(self.revised):
            place = np.searchsorted(self.revised, entries)
            place = np.minimum(place, len(self.revised) - 1)
            is_revised = self.revised[place] == entries
            values[is_revised] = self.revisions[place[is_revised]]
        return values

    def most_similar(self, num: int) -> np.ndarray:
        """(num,) entries at most, the most similar first."""
        return most_similar(
            self.coarse, self.error, self.finer, num, self._places()
        )

    def _places(self) -> np.ndarray | None:
        """(M,) place in the gallery's order; None if that is the entries'."""
        galleries = self.search.protocol.galleries
        if isinstance(galleries, RemainderGalleries) and not len(
            galleries.first[self.index]
        ):
            return None
        rows = self.kept.rows_of(galleries[self.index])
        places = np.empty(len(self.coarse), dtype=np.int64)
        places[rows] = np.arange(len(rows))
        return places

    def _revise(self, cbgm: CBGM) -> None:
        query_id = self.search.protocol.query_ids[self.index]
        best = self.most_similar(cbgm.k1)
        img_ids = np.unique(self.kept.image_of(best))
        self.revised, self.revisions = revised_similarities(
            self.kept, self.feat, cbgm, query_id, img_ids, self.weights
        )
        self.coarse[self.revised] = self.revisions

    def true_positives(
        self, candidates: np.ndarray, owners: np.ndarray
    ) -> np.ndarray:
        """Of each owner's candidates the most similar, the first on ties."""
        if not len(candidates):
            return candidates
        values = self.coarse[candidates].astype(np.float64)
        order, first = _best_first(candidates, owners, values)
        if _unsure(owners[order], values[order], first, 2 * self.error):
            values = self.exact(candidates)
            order, first = _best_first(candidates, owners, values)
        return candidates[order[first]]

    def score(
        self, candidates: np.ndarray, owners: np.ndarray, num_gts: int
    ) -> tuple[float, float, float]:
        """AP x recall, recall, and rank from 0 of the first right one."""
        true = self.true_positives(candidates, owners)
        if not len(true):
            return 0.0, 0.0, np.inf
        recall = len(true) / num_gts
        above, equal = count_above(self.coarse, self.error, self.finer, true)
        ap = mean_precision(above + equal) * recall
        best = above.argmin()
        rank = float(above[best])
        if equal[best] > (above == above[best]).sum():
            rank += self._place_among_ties(true, int(true[best]))
        return ap, recall, rank

    def _place_among_ties(self, true: np.ndarray, best: int) -> int:
        tied = tied_with(self.coarse, self.error, self.finer, best)
        places = self._places()
        if places is not None:
            tied = tied[np.argsort(places[tied])]
        return int(np.argmax(np.isin(tied, true)))


def _best_first(
    candidates: np.ndarray, owners: np.ndarray, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Order by owner and falling value, and where each owner begins."""
    order = np.lexsort((candidates, -values, owners))
    owners = owners[order]
    first = np.flatnonzero(np.append(True, owners[1:] != owners[:-1]))
    return order, first


def _unsure(
    owners: np.ndarray, values: np.ndarray, first: np.ndarray, reach: float
) -> bool:
    """Whether an owner's second may in truth be its first."""
    second = first[first + 1 < len(owners)] + 1
    same = owners[second] == owners[second - 1]
    return bool((values[second - 1] - values[second] <= reach)[same].any())


def _check(feats: np.ndarray, query_feats: np.ndarray) -> None:
    check_embeddings(query_feats, 'queries')
    check_embeddings(feats, 'detections')
    if query_feats.shape[1] != feats.shape[1]:
        raise ValueError(
            f'embeddings of the queries have {query_feats.shape[1]} '
            f'dimensions, those of the detections {feats.shape[1]}; take '
            'both from one model'
        )


def _blocks(
    used: np.ndarray, num_kept: int, block_size: int | None
) -> Iterator[np.ndarray]:
    if block_size is None:
        block_size = max(1, _BLOCK_BYTES // (4 * max(num_kept, 1)))
    for start in range(0, len(used), block_size):
        yield used[start : start + block_size]


def _coarse(
    query_feats: np.ndarray, kept: Kept, buffer: np.ndarray | None = None
) -> np.ndarray:
    """(q, M) float32 similarities, in the buffer's memory if they fit."""
    queries = query_feats.astype(np.float32)
    if buffer is None or len(buffer) < len(queries):
        buffer = np.empty((len(queries), len(kept.rows)), dtype=np.float32)
    coarse = buffer[: len(queries)]
    for start in range(0, len(kept.rows), _GALLERY_BLOCK):
        stop = min(start + _GALLERY_BLOCK, len(kept.rows))
        block = kept.block(start, stop).astype(np.float32, copy=False)
        np.matmul(queries, block.T, out=coarse[:, start:stop])
    return coarse


def _candidates(
    kept: Kept, protocol: SearchProtocol, positions: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, int]]:
    """Per query the kept detections that reach the IoU of a true positive.

    Yields:
        tuple[np.ndarray, np.ndarray, int]: (c,) kept detections; (c,) number
        of the image each is in; how many boxes there are to be found.
    """
    img_ids, boxes, sizes, nums = [], [], [], []
    for i in positions:
        listed = protocol.gt_img_ids[i]
        unique, first = np.unique(listed, return_index=True)
        _check_in_gallery(protocol, i, unique)
        img_ids.append(unique)
        boxes.append(protocol.gt_boxes[i][first])
        sizes.append(len(unique))
        nums.append(len(listed))
    if not len(positions):
        return
    images, gt_boxes = np.concatenate(img_ids), np.concatenate(boxes)
    counts = kept.num_per_image[images]
    rows = kept.rows_of(images)
    owners = np.repeat(np.arange(len(images)), counts)
    enough = (
        iou(kept.detections.boxes[kept.rows[rows]], gt_boxes[owners])
        >= iou_threshold(gt_boxes)[owners]
    )
    rows, owners = rows[enough], owners[enough]
    ends = np.searchsorted(owners, np.cumsum(sizes))
    for start, end, num in zip(np.append(0, ends), ends, nums):
        yield rows[start:end], owners[start:end], num


def _check_in_gallery(
    protocol: SearchProtocol, index: int, img_ids: np.ndarray
) -> None:
    galleries = protocol.galleries
    if isinstance(galleries, RemainderGalleries):
        # The last entry is no image: it stands behind all images.
        excluded = np.append(
            galleries.excluded_from(index), np.iinfo(np.int64).max
        )
        outside = excluded[np.searchsorted(excluded, img_ids)] == img_ids
    else:
        outside = ~np.isin(img_ids, galleries[index])
    if not len(img_ids) or outside.any():
        raise ValueError(
            f'protocol {protocol.name}, query {protocol.query_ids[index]}: '
            'there must be ground truth, and all of it in the gallery'
        )
