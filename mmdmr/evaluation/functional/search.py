"""Person search scored by the protocol of CUHK-SYSU and PRW."""

from dataclasses import dataclass
from typing import Dict, Sequence, Tuple

import numpy as np

from mmdmr.structures import Detections, SearchProtocol

from .arrays import rows_of, select
from .matching import iou, iou_threshold
from .precision import average_precision
from .similarity import check_embeddings, similarity


@dataclass(frozen=True)
class SearchScores:
    """Figures of a protocol, and of each of its m queries.

    Args:
        figures (dict[str, float]): ``mAP``, ``top1``, ... in [0, 1].
        ap (np.ndarray): (m,) float64 average precision x recall.
        recall (np.ndarray): (m,) float64 found / images that hold the person.
        hits (np.ndarray): (m, len(topk)) bool, a right one among the first k.
    """

    figures: Dict[str, float]
    ap: np.ndarray
    recall: np.ndarray
    hits: np.ndarray


@dataclass(frozen=True)
class Ranking:
    """The best matches of one query, the most similar first.

    Args:
        img_ids (np.ndarray): (r,) int64 image indices.
        rows (np.ndarray): (r,) int64 rows of the detections.
        similarities (np.ndarray): (r,) float64 cosines.
        is_true (np.ndarray): (r,) bool, it is the queried person.
    """

    img_ids: np.ndarray
    rows: np.ndarray
    similarities: np.ndarray
    is_true: np.ndarray


def score_search(
    detections: Detections,
    query_feats: np.ndarray,
    protocol: SearchProtocol,
    score_thr: float = 0.5,
    topk: Sequence[int] = (1, 5, 10),
    block_size: int = 256,
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
        block_size (int): Queries compared at a time; it bounds memory
            (8 x block_size x N bytes) and changes no figure. Defaults to 256.

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
        >>> score_search(detections, np.array([[1., 0.]]), protocol).figures
        {'mAP': 0.5, 'top1': 1.0, 'top5': 1.0, 'top10': 1.0}
    """
    num = len(protocol.query_ids)
    if not num:
        raise ValueError(f'protocol {protocol.name} has no queries')
    kept, _ = select(detections, score_thr)
    _check(kept, query_feats[protocol.query_ids])
    ap, recall = np.zeros(num), np.zeros(num)
    first_true = np.full(num, np.inf)
    for start in range(0, num, block_size):
        block = protocol.query_ids[start : start + block_size]
        for i, sims in enumerate(
            similarity(query_feats[block], kept.feats), start
        ):
            ap[i], recall[i], first_true[i] = _score_query(
                kept, sims, protocol, i
            )
    hits = first_true[:, None] < np.asarray(topk)
    figures = dict(mAP=float(ap.mean()))
    for k, rate in zip(topk, hits.mean(axis=0)):
        figures[f'top{k}'] = float(rate)
    return SearchScores(figures, ap, recall, hits)


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
    kept, kept_rows = select(detections, score_thr)
    _check(kept, query_feat[None])
    sims = similarity(query_feat[None], kept.feats)[0]
    columns = rows_of(kept.offsets, protocol.galleries[index])
    columns = columns[np.argsort(-sims[columns], kind='stable')[:num]]
    return Ranking(
        img_ids=np.searchsorted(kept.offsets, columns, side='right') - 1,
        rows=kept_rows[columns],
        similarities=sims[columns],
        is_true=np.isin(columns, _true_rows(kept, sims, protocol, index)),
    )


def _check(kept: Detections, query_feats: np.ndarray) -> None:
    check_embeddings(query_feats, 'queries')
    check_embeddings(kept.feats, 'detections')
    if query_feats.shape[1] != kept.feats.shape[1]:
        raise ValueError(
            f'embeddings of the queries have {query_feats.shape[1]} '
            f'dimensions, those of the detections {kept.feats.shape[1]}; take '
            'both from one model'
        )


def _score_query(
    kept: Detections, sims: np.ndarray, protocol: SearchProtocol, index: int
) -> Tuple[float, float, float]:
    """AP x recall, recall, and rank from 0 of the first true positive."""
    true_rows = _true_rows(kept, sims, protocol, index)
    if not len(true_rows):
        return 0.0, 0.0, np.inf
    columns = rows_of(kept.offsets, protocol.galleries[index])
    ranked = sims[columns]
    sorted_sims = np.sort(ranked)
    true_sims = sims[true_rows]
    recall = len(true_rows) / len(protocol.gt_img_ids[index])
    ap = average_precision(true_sims, sorted_sims) * recall

    best = true_sims.max()
    above = len(ranked) - np.searchsorted(sorted_sims, best, side='right')
    tied = columns[ranked == best]
    return ap, recall, above + np.argmax(np.isin(tied, true_rows))


def _true_rows(
    kept: Detections, sims: np.ndarray, protocol: SearchProtocol, index: int
) -> np.ndarray:
    """Rows of the true positives, at most one in each image."""
    listed = protocol.gt_img_ids[index]
    if not len(listed) or not np.isin(listed, protocol.galleries[index]).all():
        raise ValueError(
            f'protocol {protocol.name}, query {protocol.query_ids[index]}: '
            'there must be ground truth, and all of it in the gallery'
        )
    img_ids, first = np.unique(listed, return_index=True)
    gt_boxes = protocol.gt_boxes[index][first]
    counts = kept.offsets[img_ids + 1] - kept.offsets[img_ids]
    rows = rows_of(kept.offsets, img_ids)
    owner = np.repeat(np.arange(len(img_ids)), counts)
    enough = (
        iou(kept.boxes[rows], gt_boxes[owner])
        >= iou_threshold(gt_boxes)[owner]
    )
    rows, owner = rows[enough], owner[enough]
    order = np.lexsort((rows, -sims[rows], owner))
    _, best = np.unique(owner[order], return_index=True)
    return rows[order[best]]
