"""k-reciprocal re-ranking of the best matches of a query."""

from dataclasses import dataclass

import numpy as np

from mmdmr.errors import InputError

from .similarity import check_embeddings, similarity

#: Largest number of candidates: memory and time grow with its square.
MOST_CANDIDATES = 5000
#: Least distance to scale by: among equal persons, rounding stays small.
_LEAST = 1e-6


@dataclass(frozen=True)
class RerankingOptions:
    """Options of :func:`rerank`; the paper's values by default.

    Args:
        k1 (int): Number of neighbours, at least 1. Defaults to 20.
        k2 (int): Number of nearest neighbours, the person itself included,
            over which neighbourhoods are averaged; from 1 to ``k1 + 1``; 1
            averages nothing. Defaults to 6.
        weight (float): Share of the original distance in the new one (lambda
            of the paper), in [0, 1]; with 1 nothing is re-ranked. Defaults to
            0.3.
        num (int): Number N of most similar detections that are re-ranked,
            from ``k1`` to 5000. Defaults to 200.

    Raises:
        InputError: A value is out of its range.

    Example:
        >>> RerankingOptions(num=500).k1
        20
    """

    k1: int = 20
    k2: int = 6
    weight: float = 0.3
    num: int = 200

    def __post_init__(self) -> None:
        if self.k1 < 1:
            raise InputError(f're-ranking: k1 must be at least 1: {self.k1}')
        if not 1 <= self.k2 <= self.k1 + 1:
            raise InputError(
                f're-ranking: k2 must be from 1 to k1 + 1 = {self.k1 + 1}, '
                f'not {self.k2}'
            )
        if not 0 <= self.weight <= 1:
            raise InputError(
                f're-ranking: lambda must be in [0, 1], not {self.weight:g}'
            )
        if not self.k1 <= self.num <= MOST_CANDIDATES:
            raise InputError(
                f're-ranking: {self.num} candidates are asked for; take k1 = '
                f'{self.k1} or more, and at most {MOST_CANDIDATES}'
            )


def rerank(
    query_feat: np.ndarray,
    feats: np.ndarray,
    options: RerankingOptions | None = None,
) -> np.ndarray:
    """Distances of a query to its candidates, by their common neighbours.

    Source: Zhong et al., Re-ranking Person Re-identification with k-reciprocal
    Encoding, CVPR 2017. Two pictures of one person have the same neighbours; a
    chance resemblance has others. The set of all persons is here the query and
    its candidates, n = N + 1 in all: neighbours outside the candidates play no
    part.

    1. The distance ``d(x, y)`` is 1 minus the similarity, divided by the
       largest distance of x (as the authors' code scales it) or by 1e-6 if
       that is larger. ``N(x, k)`` is x and its k nearest others.
    2. Reciprocal neighbours: ``R(x, k)`` holds each y of ``N(x, k)`` with x in
       ``N(y, k)``.
    3. ``R*(x)`` is ``R(x, k1)``, and ``R(y, k1 / 2)`` of each y in
       ``R(x, k1)`` that shares at least two thirds of it with ``R(x, k1)``;
       k1 / 2 is rounded up.
    4. The neighbourhood of x is a vector with ``exp(-d(x, y))`` for y in
       ``R*(x)`` and 0 elsewhere, scaled to the sum 1, and averaged over the k2
       nearest of x, x included.
    5. The Jaccard distance of two neighbourhoods is 1 minus the sum of their
       minima divided by the sum of their maxima. The result is
       ``weight * d + (1 - weight) * Jaccard``.

    Equal similarities are sorted by the order of the candidates. Fewer
    candidates than k1 are neighbours of one another, all of them.

    Args:
        query_feat (np.ndarray): (D,) embedding of the query, of unit length.
        feats (np.ndarray): (N, D) embeddings of the candidates, of unit
            length, N at most 5000; ``options.num`` is the caller's to keep.
        options (RerankingOptions | None): k1, k2 and weight. Defaults to
            None: ``RerankingOptions()``.

    Returns:
        np.ndarray: (N,) float64 distances in [0, 1], the best match least.

    Raises:
        InputError: Embeddings have another shape, are not finite, are longer
            than 1, or are too many.

    Example:
        The query (0 degrees) is as near to the first candidate (30 degrees)
        as to the second one (-30). But the nearest person of the second one
        is the third candidate (-40), not the query.

        >>> import numpy as np
        >>> angles = np.radians([30, -30, -40])
        >>> feats = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        >>> options = RerankingOptions(k1=1, k2=1, num=3)
        >>> rerank(np.array([1., 0.]), feats, options).round(2).tolist()
        [0.4, 0.87, 1.0]
    """
    options = options or RerankingOptions()
    _check(query_feat, feats)
    # Row and column 0 belong to the query.
    persons = np.concatenate([query_feat[None], feats], dtype=np.float64)
    # Exact similarities: equal embeddings must be equally near.
    sims = similarity(persons, persons)
    distances, order = _distances(sims), _nearest_first(sims)
    members = _expanded_neighbours(order, options.k1)
    vectors = np.where(members, np.exp(-distances), 0.0)
    vectors /= vectors.sum(axis=1, keepdims=True)
    vectors = _mean_of_nearest(vectors, order, options.k2)
    # Both vectors sum to 1: the sum of the maxima is 2 minus that of minima.
    shared = np.minimum(vectors[0], vectors[1:]).sum(axis=1)
    jaccard = 1 - shared / (2 - shared)
    return np.clip(
        options.weight * distances[0, 1:] + (1 - options.weight) * jaccard,
        0.0,
        1.0,
    )


def _check(query_feat: np.ndarray, feats: np.ndarray) -> None:
    """Check shapes and lengths of embeddings."""
    check_embeddings(query_feat[None], 'query')
    check_embeddings(feats, 'candidates')
    if query_feat.shape != feats.shape[1:]:
        raise InputError(
            f'embeddings of the query have shape {query_feat.shape}, of the '
            f'candidates {feats.shape}; take both from one model'
        )
    if len(feats) > MOST_CANDIDATES:
        raise InputError(
            f're-ranking: at most {MOST_CANDIDATES} candidates, not '
            f'{len(feats)}'
        )


def _distances(sims: np.ndarray) -> np.ndarray:
    """(n, n) distances, each row divided by its largest one."""
    # Rounded embeddings may be longer than 1: no distance is negative.
    distances = np.maximum(1 - sims, 0)
    np.fill_diagonal(distances, 0)
    largest = distances.max(axis=1, keepdims=True)
    return distances / np.maximum(largest, _LEAST)


def _nearest_first(sims: np.ndarray) -> np.ndarray:
    """(n, n) persons by falling similarity, each row's own person first."""
    sims = sims.copy()
    np.fill_diagonal(sims, np.inf)
    return np.argsort(-sims, axis=1, kind='stable')


def _reciprocal(order: np.ndarray, k: int) -> np.ndarray:
    """(n, n) bool, True where two persons are k-reciprocal neighbours."""
    near = np.zeros(order.shape, dtype=bool)
    np.put_along_axis(near, order[:, : k + 1], True, axis=1)
    return near & near.T


def _expanded_neighbours(order: np.ndarray, k1: int) -> np.ndarray:
    """(n, n) bool, row x True for the members of ``R*(x)``."""
    full, half = _reciprocal(order, k1), _reciprocal(order, (k1 + 1) // 2)
    # Products of 0 and 1 count members; float32 holds these counts exactly
    # and multiplies fast.
    counted = half.astype(np.float32)
    shared = full.astype(np.float32) @ counted.T
    sizes = counted.sum(axis=1)
    joined = full & (3 * shared >= 2 * sizes)
    return full | (joined.astype(np.float32) @ counted > 0)


def _mean_of_nearest(
    vectors: np.ndarray, order: np.ndarray, k2: int
) -> np.ndarray:
    """(n, n) mean of the vectors of the k2 nearest of each person."""
    nearest = order[:, :k2]
    total = np.zeros_like(vectors)
    for column in nearest.T:
        total += vectors[column]
    return total / nearest.shape[1]
