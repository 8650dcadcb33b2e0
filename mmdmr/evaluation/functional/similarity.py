"""Similarity of embeddings, bit by bit the same in any block of a matrix."""

import numpy as np

from mmdmr.errors import InputError

#: Numbers that round to multiples of 2^-26 and of 2^-47, see _split.
_HIGH = 1.5 * 2.0**26
_LOW = 1.5 * 2.0**5
#: Bounds for which products of the parts add up without rounding.
_MAX_NORM = 1.01
_MAX_DIMS = 4096
#: Numbers of embeddings that are split at a time, so that the parts stay in
#: the processor's cache.
_BLOCK = 2**15


def check_embeddings(feats: np.ndarray, what: str) -> None:
    """Check that embeddings are finite and of unit length at most.

    A length below 1 passes: weighted and all-zero embeddings have one.

    Args:
        feats (np.ndarray): (n, D) embeddings, D at most 4096.
        what (str): Owner of the embeddings, for the message.

    Raises:
        InputError: The embeddings have another shape, are not finite, or are
            longer than 1.01.

    Example:
        >>> import numpy as np
        >>> check_embeddings(np.array([[0.6, 0.8]]), 'queries')
    """
    if feats.ndim != 2 or feats.shape[1] > _MAX_DIMS:
        raise InputError(
            f'embeddings of the {what} must have shape (n, D), D '
            f'at most {_MAX_DIMS}, but have {feats.shape}'
        )
    norms = np.sqrt(np.einsum('nd,nd->n', feats, feats, dtype=np.float64))
    bad = np.flatnonzero(~(norms <= _MAX_NORM))
    if bad.size:
        raise InputError(
            f'embeddings of the {what} must be finite and of unit length, but '
            f'row {bad[0]} has length {norms[bad[0]]:g} ({bad.size} such '
            'rows); divide each by its length'
        )


def similarity(
    query_feats: np.ndarray, gallery_feats: np.ndarray
) -> np.ndarray:
    """Cosine similarity of embeddings of unit length.

    The rounding of a plain matrix product depends on the shapes of its
    operands. Equal detections would get unequal similarities, and metrics
    would depend on the block size. So each embedding is split into multiples
    of 2^-26 and a remainder in multiples of 2^-47. Products of the parts add
    up in float64 without any rounding, in any order. The result depends on
    the two embeddings alone.

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
    multiply = _single_row if len(query_feats) == 1 else _many_rows
    sims = np.empty((len(query_feats), len(gallery_feats)))
    step = max(1, _BLOCK // max(1, gallery_feats.shape[1]))
    for start in range(0, len(gallery_feats), step):
        columns = slice(start, start + step)
        high, low = _split(gallery_feats[columns])
        sims[:, columns] = multiply(query_high, high) + (
            multiply(query_high, low) + multiply(query_low, high)
        )
    return sims


def similarity_error(dims: int) -> float:
    """Largest error of :func:`similarity`.

    Remainders are rounded to multiples of 2^-47, and the product of two
    remainders is dropped.

    Args:
        dims (int): Number of dimensions of the embeddings.

    Returns:
        float: Bound on the distance from the true inner product, for lengths
            up to 1.01.

    Example:
        >>> similarity_error(2048) < 1e-12
        True
    """
    return 2.1 * dims**0.5 * 2.0**-48 + dims * 2.0**-54


def _many_rows(queries: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """Matrix product by BLAS."""
    return queries @ gallery.T


def _single_row(queries: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """Matrix product without threads, for which a row is too little work."""
    return np.einsum('qd,nd->qn', queries, gallery)


def _split(feats: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Multiples of 2^-26 and remainder in multiples of 2^-47, in float64.

    Float64 numbers from 2^26 to 2^27 are the multiples of 2^-26. So adding
    ``_HIGH``, 1.5 x 2^26, rounds to a multiple, half to even. Taking it away
    again is exact. ``_LOW`` does the same for 2^-47.
    """
    feats = np.asarray(feats, dtype=np.float64)
    high = feats + _HIGH
    high -= _HIGH
    low = feats - high
    low += _LOW
    low -= _LOW
    return high, low
