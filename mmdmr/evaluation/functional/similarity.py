"""Similarity of embeddings, the same to the bit however it is computed."""

import numpy as np

_HIGH = 2.0**26
_LOW = 2.0**47
_MAX_NORM = 1.01
_MAX_DIMS = 4096
_GALLERY_BLOCK = 4096
_FEW = 8


def check_embeddings(feats: np.ndarray, what: str) -> None:
    """Check that embeddings are finite and of unit length.

    A length below 1 passes, as a weighted or an all-zero embedding has it.

    Args:
        feats (np.ndarray): (n, D) embeddings.
        what (str): What they belong to, for the message.

    Raises:
        ValueError: They are of another shape, not finite, or too long.

    Example:
        >>> import numpy as np
        >>> check_embeddings(np.array([[0.6, 0.8]]), 'queries')
    """
    if feats.ndim != 2 or feats.shape[1] > _MAX_DIMS:
        raise ValueError(
            f'embeddings of the {what} must have shape (n, D), D '
            f'at most {_MAX_DIMS}, but have {feats.shape}'
        )
    norms = np.sqrt(np.einsum('nd,nd->n', feats, feats, dtype=np.float64))
    bad = np.flatnonzero(~(norms <= _MAX_NORM))
    if bad.size:
        raise ValueError(
            f'embeddings of the {what} must be finite and of unit length, but '
            f'row {bad[0]} has length {norms[bad[0]]:g} ({bad.size} such '
            'rows); divide each by its length'
        )


def similarity(
    query_feats: np.ndarray, gallery_feats: np.ndarray
) -> np.ndarray:
    """Cosine similarity of embeddings of unit length.

    A matrix product rounds differently with the shape of its operands, so
    that equal gallery rows would get unequal similarities and the figures
    would depend on the block size. Here each embedding is split into
    multiples of 2^-26 and a rest in multiples of 2^-47; the products then
    add up without any rounding in float64, in whatever order, and the result
    depends on the two embeddings alone.

    Args:
        query_feats (np.ndarray): (q, D) embeddings, D at most 4096.
        gallery_feats (np.ndarray): (n, D) embeddings.

    Returns:
        np.ndarray: (q, n) float64 in [-1, 1], right to about 1e-13.

    Example:
        >>> import numpy as np
        >>> queries = np.array([[0.6, 0.8]])
        >>> similarity(queries, np.array([[0.8, 0.6], [1, 0]])).round(9)
        array([[0.96, 0.6 ]])
    """
    query_high, query_low = _split(query_feats)
    multiply = _few_rows if len(query_feats) <= _FEW else _many_rows
    sims = np.empty((len(query_feats), len(gallery_feats)))
    for start in range(0, len(gallery_feats), _GALLERY_BLOCK):
        columns = slice(start, start + _GALLERY_BLOCK)
        high, low = _split(gallery_feats[columns])
        sims[:, columns] = multiply(query_high, high) + (
            multiply(query_high, low) + multiply(query_low, high)
        )
    return sims


def similarity_error(dims: int) -> float:
    """How far :func:`similarity` may be from the true inner product.

    The rests are rounded to multiples of 2^-47, and rest times rest is left
    out.

    Args:
        dims (int): Length of the embeddings.

    Returns:
        float: Bound for lengths up to 1.01.

    Example:
        >>> similarity_error(2048) < 1e-12
        True
    """
    return 2.1 * dims**0.5 * 2.0**-48 + dims * 2.0**-54


def _many_rows(queries: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    return queries @ gallery.T


def _few_rows(queries: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """Without the threads of a matrix product, for which it is too small."""
    return np.einsum('qd,nd->qn', queries, gallery)


def _split(feats: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    feats = np.asarray(feats, dtype=np.float64)
    high = feats * _HIGH
    np.rint(high, out=high)
    high /= _HIGH
    low = feats - high
    low *= _LOW
    np.rint(low, out=low)
    low /= _LOW
    return high, low
