"""Query expansion: a query averaged with its best matches."""

from dataclasses import dataclass

import numpy as np

from mmdmr.errors import InputError

from .similarity import check_embeddings, similarity

#: Largest number of matches and largest power: beyond, nothing is gained.
MOST_MATCHES, MOST_ALPHA = 1000, 100.0
#: Length of a sum of embeddings that is rounding alone.
_ZERO = 1e-6


@dataclass(frozen=True)
class ExpansionOptions:
    """Options of :func:`expand_query`.

    Args:
        k (int): Number of best matches that join the query, from 1 to 1000.
            Defaults to 5.
        alpha (float): Power of a match's similarity that weights the match,
            from 0 to 100. Defaults to 0: the plain average (AQE).

    Raises:
        InputError: A value is out of its range.

    Example:
        >>> ExpansionOptions(k=10, alpha=3).alpha
        3
    """

    k: int = 5
    alpha: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= self.k <= MOST_MATCHES:
            raise InputError(
                f'query expansion: k must be from 1 to {MOST_MATCHES}, not '
                f'{self.k}'
            )
        if not 0 <= self.alpha <= MOST_ALPHA:
            raise InputError(
                f'query expansion: alpha must be from 0 to {MOST_ALPHA:g}, '
                f'not {self.alpha:g}'
            )


def expand_query(
    query_feat: np.ndarray,
    feats: np.ndarray,
    options: ExpansionOptions | None = None,
) -> np.ndarray:
    """Average a query with its best matches.

    Sources: average query expansion (AQE), Chum et al., Total Recall, ICCV
    2007; alpha query expansion, Radenovic et al., Fine-tuning CNN Image
    Retrieval with No Human Annotation, TPAMI 2018. The weight of the query is
    1, the weight of a match its similarity to the power alpha; a negative
    similarity counts as 0. With alpha 0 all weights are 1.

    A match may show another person: expansion then leads astray, and more so
    the larger k is. An alpha of 3 to 10 trusts near matches more.

    Args:
        query_feat (np.ndarray): (D,) embedding of the query, of unit length.
        feats (np.ndarray): (n, D) embeddings of the best matches, the most
            similar first; the first k of them are taken.
        options (ExpansionOptions | None): k and alpha. Defaults to None:
            ``ExpansionOptions()``.

    Returns:
        np.ndarray: (D,) float64 embedding of unit length; the query itself
            if the query or the sum is 0.

    Raises:
        InputError: Embeddings have another shape, are not finite, or are
            longer than 1.

    Example:
        >>> import numpy as np
        >>> query, match = np.array([1., 0.]), np.array([[0.6, 0.8]])
        >>> expand_query(query, match).round(3).tolist()
        [0.894, 0.447]
        >>> options = ExpansionOptions(k=1, alpha=3)  # weight 0.6^3 = 0.216
        >>> expand_query(query, match, options).round(3).tolist()
        [0.989, 0.151]
    """
    options = options or ExpansionOptions()
    check_embeddings(query_feat[None], 'query')
    check_embeddings(feats, 'matches')
    if query_feat.shape != feats.shape[1:]:
        raise InputError(
            f'embeddings of the query have shape {query_feat.shape}, of its '
            f'matches {feats.shape}; take both from one model'
        )
    query = query_feat.astype(np.float64)
    matches = feats[: options.k].astype(np.float64)
    sims = similarity(query[None], matches)[0]
    weights = np.maximum(sims, 0) ** options.alpha
    # A sum over the first axis, so that nothing depends on a BLAS library.
    total = query + (weights[:, None] * matches).sum(axis=0)
    length = np.sqrt((total**2).sum())
    if not query.any() or length < _ZERO:
        return query
    return total / length
