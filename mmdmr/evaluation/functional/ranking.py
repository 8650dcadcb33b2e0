"""Best matches of one query, and the ranks of its true positives."""

from dataclasses import dataclass

import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import Detections, SearchProtocol

from .candidates import Candidates, find_candidates
from .kept_detections import filter_by_score
from .matching import iou
from .query import (
    QueryInGallery,
    Search,
    check_feats,
    coarse_similarities,
)

#: Least IoU of a detection that shows the queried person, if in a poor box.
_SHOWS_PERSON = 0.3


@dataclass(frozen=True, eq=False)
class Ranking:
    """Best matches of one query, the most similar first.

    Args:
        img_ids (np.ndarray): (r,) int64 image indices.
        rows (np.ndarray): (r,) int64 rows of the detections.
        similarities (np.ndarray): (r,) float64 cosines.
        is_true (np.ndarray): (r,) bool, True for a true positive. An image
            has at most one, and its box overlaps the person's well enough.
        ious (np.ndarray): (r,) float64 IoU with the queried person's box in
            the same image; 0 in an image without the person.
    """

    img_ids: np.ndarray
    rows: np.ndarray
    similarities: np.ndarray
    is_true: np.ndarray
    ious: np.ndarray

    @property
    def kinds(self) -> list[str]:
        """list[str]: Kind of each match.

        ``right`` for a true positive; ``uncounted`` for the queried person in
        a poor box, or found already; else ``wrong``.
        """
        return [
            'right'
            if true
            else 'uncounted'
            if overlap >= _SHOWS_PERSON
            else 'wrong'
            for true, overlap in zip(self.is_true, self.ious)
        ]


@dataclass(frozen=True, eq=False)
class QueryPositives:
    """Ground truth of one query, and the rank of each true positive.

    Args:
        img_ids (np.ndarray): (p,) int64 indices of the images that hold the
            queried person, rising, each once.
        boxes (np.ndarray): (p, 4) float64 boxes of the person in these images.
        ranks (np.ndarray): (p,) float64 rank, from 0, of the true positive in
            each image; infinite in an image without a true positive.
    """

    img_ids: np.ndarray
    boxes: np.ndarray
    ranks: np.ndarray


def rank_gallery(
    detections: Detections,
    query_feat: np.ndarray,
    protocol: SearchProtocol,
    index: int,
    score_thr: float = 0.5,
    num: int = 10,
) -> Ranking:
    """Best matches of one query, in the ranks of :func:`score_search`.

    Args:
        detections (Detections): Detections of all images, N in all.
        query_feat (np.ndarray): (D,) embedding of the query.
        protocol (SearchProtocol): Queries and their galleries.
        index (int): Position of the query in ``protocol.query_ids``.
        score_thr (float): Least score of a detection. Defaults to 0.5.
        num (int): Number of matches wanted, at least 1. Defaults to 10.

    Returns:
        Ranking: At most ``num`` matches.

    Raises:
        InputError: ``num`` is below 1, or :func:`score_search` would refuse
            the query or the detections.

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
    if num < 1:
        raise InputError(f'num must be at least 1, not {num}')
    query, candidates = _one_query(
        detections, query_feat, protocol, index, score_thr
    )
    best = query.most_similar(num)
    img_ids = query.kept.image_of(best)
    rows = query.kept.rows[best]
    positives, boxes = _ground_truth(protocol, index)
    box_of = dict(zip(positives.tolist(), boxes))
    ious = [
        float(iou(detections.boxes[row], box_of[img_id]))
        if img_id in box_of
        else 0.0
        for img_id, row in zip(img_ids.tolist(), rows)
    ]
    return Ranking(
        img_ids=img_ids,
        rows=rows,
        similarities=query.exact(best),
        is_true=np.isin(best, query.true_positives(candidates)),
        ious=np.array(ious),
    )


def find_positives(
    detections: Detections,
    query_feat: np.ndarray,
    protocol: SearchProtocol,
    index: int,
    score_thr: float = 0.5,
) -> QueryPositives:
    """Images that hold one query's person, and the ranks of the person.

    Args:
        detections (Detections): Detections of all images, N in all.
        query_feat (np.ndarray): (D,) embedding of the query.
        protocol (SearchProtocol): Queries and their galleries.
        index (int): Position of the query in ``protocol.query_ids``.
        score_thr (float): Least score of a detection. Defaults to 0.5.

    Returns:
        QueryPositives: Ground truth with ranks, each image once.

    Raises:
        InputError: :func:`score_search` would refuse the query or the
            detections.

    Example:
        >>> import numpy as np
        >>> box = np.array([[0., 0., 40., 90.]])
        >>> detections = Detections(box, np.array([0.9]), np.eye(2)[:1],
        ...                         np.array([0, 1, 1]))
        >>> protocol = SearchProtocol(
        ...     'G2', np.array([0]), [np.array([0, 1])], [np.array([0, 1])],
        ...     [np.tile(box, (2, 1))])
        >>> find_positives(detections, np.array([1., 0.]), protocol, 0).ranks
        array([ 0., inf])
    """
    query, candidates = _one_query(
        detections, query_feat, protocol, index, score_thr
    )
    img_ids, boxes = _ground_truth(protocol, index)
    ranks = np.full(len(img_ids), np.inf)
    true = query.true_positives(candidates)
    if len(true):
        # One true positive for each image with a candidate, in image order.
        ranks[np.unique(candidates.owners)], _ = query.ranks(true)
    return QueryPositives(img_ids, boxes, ranks)


def _one_query(
    detections: Detections,
    query_feat: np.ndarray,
    protocol: SearchProtocol,
    index: int,
    score_thr: float,
) -> tuple[QueryInGallery, Candidates]:
    """One query in its gallery, and its candidates."""
    kept = filter_by_score(detections, score_thr)
    check_feats(detections.feats, query_feat[None])
    (candidates,) = find_candidates(kept, protocol, np.array([index]))
    coarse = coarse_similarities(query_feat[None], kept)[0]
    query = QueryInGallery(Search(protocol), index, kept, query_feat, coarse)
    return query, candidates


def _ground_truth(
    protocol: SearchProtocol, index: int
) -> tuple[np.ndarray, np.ndarray]:
    """(p,) images of one query, rising, each once; their (p, 4) boxes."""
    img_ids, first = np.unique(protocol.gt_img_ids[index], return_index=True)
    return img_ids, protocol.gt_boxes[index][first]
