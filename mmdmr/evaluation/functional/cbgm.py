"""Context bipartite graph matching."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from mmdmr.structures import Detections, Queries

from .arrays import Kept
from .matching import iou
from .similarity import similarity

#: k1 and k2 of the published figures, by data set.
PUBLISHED_K = {'cuhk-sysu': (10, 3), 'prw': (30, 4)}


@dataclass(frozen=True)
class CBGM:
    """Context bipartite graph matching (SeqNet, AAAI 2021).

    Who walks beside the queried person in the query's image may walk beside
    them elsewhere. In the images of the k1 most similar detections, the
    context (the query first) is matched with all detections kept there, so
    that the sum of similarities is the greatest. If the query is matched, its
    partner's similarity becomes the greatest one in the matching (so SeqNet's
    code; not the sum).

    Args:
        contexts (Sequence[np.ndarray]): Per query the rows of the detections
            beside it, as :func:`suppressed_contexts` or
            :func:`stored_contexts` choose them.
        k1 (int): Detections whose images are looked at; 10 for CUHK-SYSU, 30
            for PRW. Defaults to 10.
        k2 (int): Persons of the context that take part, the query included; 3
            for CUHK-SYSU, 4 for PRW. Defaults to 3.
    """

    contexts: Sequence[np.ndarray]
    k1: int = 10
    k2: int = 3


def suppressed_contexts(
    detections: Detections,
    queries: Queries,
    score_thr: float = 0.5,
    iou_thr: float = 0.5,
) -> Sequence[np.ndarray]:
    """Contexts as a run of SeqNet makes them.

    The query's box enters its image's detections with a score of 1 before
    non-maximum suppression, so that the query's own detection is suppressed;
    the others follow by falling score.

    Args:
        detections (Detections): Detections of all images.
        queries (Queries): The q queries.
        score_thr (float): Least score of a person beside. Defaults to 0.5.
        iou_thr (float): Greatest IoU with the query's box. Defaults to 0.5.

    Returns:
        Sequence[np.ndarray]: Per query (c,) rows of detections.

    Example:
        >>> import numpy as np
        >>> box, beside = [0., 0., 10., 20.], [30., 0., 40., 20.]
        >>> detections = Detections(np.array([box, beside]),
        ...                         np.array([0.9, 0.8]), np.eye(2),
        ...                         np.array([0, 2]))
        >>> queries = Queries(np.array([0]), np.array([box]), np.array([0]))
        >>> suppressed_contexts(detections, queries)[0].tolist()
        [1]
    """
    contexts = []
    for img_id, box in zip(queries.img_ids, queries.boxes):
        rows = detections.rows_of([img_id])
        scores = detections.scores[rows]
        beside = iou(detections.boxes[rows], box) <= iou_thr
        order = np.argsort(-scores, kind='stable')
        chosen = (beside & (scores >= score_thr))[order]
        contexts.append(rows[order][chosen])
    return contexts


def stored_contexts(
    detections: Detections, queries: Queries
) -> Sequence[np.ndarray]:
    """Contexts of all detections of the query's image, in their order.

    There is no threshold, and the query's own detection stays.

    Args:
        detections (Detections): Detections of all images.
        queries (Queries): The q queries.

    Returns:
        Sequence[np.ndarray]: Per query (c,) rows of detections.

    Example:
        >>> import numpy as np
        >>> detections = Detections(np.zeros((2, 4)), np.array([0.9, 0.8]),
        ...                         np.eye(2), np.array([0, 2]))
        >>> queries = Queries(np.array([0]), np.zeros((1, 4)), np.array([0]))
        >>> stored_contexts(detections, queries)[0].tolist()
        [0, 1]
    """
    return [detections.rows_of([img_id]) for img_id in queries.img_ids]


def revised_similarities(
    kept: Kept,
    query_feat: np.ndarray,
    cbgm: CBGM,
    query_id: int,
    img_ids: np.ndarray,
    weights: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Match the context of a query in some images.

    Args:
        kept (Kept): The detections a threshold keeps.
        query_feat (np.ndarray): (D,) embedding of the query.
        cbgm (CBGM): Contexts, k2.
        query_id (int): The query.
        img_ids (np.ndarray): (m,) images to match in, rising.
        weights (np.ndarray, optional): (M,) factors of the similarities to
            the kept detections. Defaults to None: 1.

    Returns:
        tuple[np.ndarray, np.ndarray]: (r,) kept detections that are the
        query's partners, rising; their (r,) float64 similarities.
    """
    beside = cbgm.contexts[query_id][: cbgm.k2 - 1]
    context = np.concatenate(
        [query_feat[None], kept.detections.feats[beside]], dtype=np.float64
    )
    rows = kept.rows_of(img_ids)
    sims = similarity(context, kept.feats(rows))
    if weights is not None:
        sims *= weights[rows]
    partners, values = [], []
    ends = np.cumsum(kept.num_per_image[img_ids])
    for start, end in zip(np.append(0, ends), ends):
        graph = sims[:, start:end]
        persons, matched = linear_sum_assignment(graph, maximize=True)
        if len(persons) and persons[0] == 0:
            partners.append(rows[start + matched[0]])
            values.append(graph[persons, matched].max())
    return np.array(partners, dtype=np.int64), np.array(values)
