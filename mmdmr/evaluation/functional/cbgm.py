"""Context bipartite graph matching (CBGM)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmdmr.structures import Detections, Queries

from .kept_detections import KeptDetections
from .matching import iou
from .similarity import similarity

#: k1 and k2 of the published metrics, by data set.
PUBLISHED_K = {'cuhk-sysu': (10, 3), 'prw': (30, 4)}


@dataclass(frozen=True, eq=False)
class CBGM:
    """Context bipartite graph matching (SeqNet, AAAI 2021).

    Companions of the queried person in the query's image may be beside the
    person in other images. The context of a query is the query itself and its
    companions. In each image of the k1 most similar detections, the context
    is matched with all kept detections for the greatest sum of similarities.
    If the query has a partner in the matching, the partner's similarity
    becomes the greatest similarity of the matching (the published code takes
    the greatest one, not the sum).

    Args:
        contexts (Sequence[np.ndarray]): Per query the (c,) rows of the
            detections of its companions, as :func:`suppressed_contexts` or
            :func:`stored_contexts` choose them.
        k1 (int): Number of most similar detections whose images are matched;
            10 for CUHK-SYSU, 30 for PRW. Defaults to 10.
        k2 (int): Number of persons of the context that take part, the query
            included; 3 for CUHK-SYSU, 4 for PRW. Defaults to 3.

    Example:
        >>> import numpy as np
        >>> cbgm = CBGM([np.array([4, 2])], k1=30, k2=2)
        >>> cbgm.contexts[0][:cbgm.k2 - 1].tolist()
        [4]
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

    SeqNet adds the query's box with a score of 1 to the detections of its
    image before non-maximum suppression, which suppresses the query's own
    detection. All further detections are companions, by falling score.

    Args:
        detections (Detections): Detections of all images.
        queries (Queries): q queries.
        score_thr (float): Least score of a companion. Defaults to 0.5.
        iou_thr (float): Greatest IoU of a companion with the query's box.
            Defaults to 0.5.

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
    """Contexts of all detections of the query's image, in stored order.

    No threshold applies, and the query's own detection stays.

    Args:
        detections (Detections): Detections of all images.
        queries (Queries): q queries.

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
    kept: KeptDetections,
    query_feat: np.ndarray,
    cbgm: CBGM,
    query_id: int,
    img_ids: np.ndarray,
    weights: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Match the context of a query in given images.

    Args:
        kept (KeptDetections): M detections above the threshold.
        query_feat (np.ndarray): (D,) embedding of the query.
        cbgm (CBGM): Contexts and k2.
        query_id (int): Position of the query in the data set's queries.
        img_ids (np.ndarray): (m,) images to match in, rising.
        weights (np.ndarray | None): (M,) factors of the similarities to the
            kept detections. Defaults to None: 1.

    Returns:
        tuple[np.ndarray, np.ndarray]: (r,) entries (kept detections) that are
            partners of the query, rising; (r,) float64 revised similarities.

    Example:
        Image 1 holds the queried person (0.8) and the companion (0.9). They
        are matched, and the person gets the greatest similarity.

        >>> import numpy as np
        >>> from mmdmr.evaluation.functional import kept_detections
        >>> feats = np.array([[1, 0, 0], [0, 1, 0], [.8, 0, .6], [0, .9, 0]])
        >>> detections = Detections.from_counts(
        ...     np.zeros((4, 4)), np.ones(4), feats, [2, 2])
        >>> kept = kept_detections.filter_by_score(detections, 0.5)
        >>> revised_similarities(
        ...     kept, feats[0], CBGM([np.array([1])]), 0, np.array([1]))
        (array([2]), array([0.9]))
    """
    # Slow to import: only for those who ask for CBGM.
    from scipy.optimize import linear_sum_assignment

    beside = cbgm.contexts[query_id][: cbgm.k2 - 1]
    context = np.concatenate(
        [query_feat[None], kept.detections.feats[beside]], dtype=np.float64
    )
    # One product for all images: (persons of the context, entries).
    entries = kept.rows_of(img_ids)
    sims = similarity(context, kept.feats(entries))
    if weights is not None:
        sims *= weights[entries]
    partners, values = [], []
    ends = np.cumsum(kept.num_per_image[img_ids])
    for start, end in zip(np.append(0, ends), ends):
        graph = sims[:, start:end]  # of one image
        persons, matched = linear_sum_assignment(graph, maximize=True)
        # Person 0 is the query; with few entries it may have no partner.
        if len(persons) and persons[0] == 0:
            partners.append(entries[start + matched[0]])
            values.append(graph[persons, matched].max())
    return np.array(partners, dtype=np.int64), np.array(values)
