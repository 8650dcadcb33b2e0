"""Embeddings as they are stored: float16, or int8 with half the bytes."""

import numpy as np

from mmdmr.errors import InputError

#: Types that embeddings can be stored in.
STORED_TYPES = ('float16', 'int8')


def unit_rows(feats: np.ndarray, what: str) -> np.ndarray:
    """Scale embeddings to unit length.

    Args:
        feats (np.ndarray): (n, D) numbers.
        what (str): Name of the embeddings, for messages.

    Returns:
        np.ndarray: (n, D) float32 of unit length.

    Raises:
        InputError: An embedding is zero or not finite.

    Example:
        >>> unit_rows(np.array([[3., 4.]]), 'query').round(2).tolist()
        [[0.6000000238418579, 0.800000011920929]]
    """
    feats = np.asarray(feats, dtype=np.float32)
    # The greatest entry is divided out first: squares could overflow.
    peaks = np.abs(feats).max(axis=1, keepdims=True, initial=0)
    bad = ~(np.isfinite(peaks) & (peaks > 0))[:, 0]
    if bad.any():
        raise InputError(
            f'{what}: embedding {int(np.argmax(bad))} is zero or not finite; '
            'it has no direction that could be compared'
        )
    feats = feats / peaks
    return feats / np.linalg.norm(feats, axis=1, keepdims=True)


def encode(feats: np.ndarray, stored: str) -> np.ndarray:
    """Turn embeddings into the stored type.

    An int8 row is scaled so that its greatest entry is 127 or -127. The scale
    is not kept, as the cosine does without it.

    Args:
        feats (np.ndarray): (n, D) float32 of unit length.
        stored (str): ``float16`` or ``int8``.

    Returns:
        np.ndarray: (n, D) codes, in the byte order of small-endian machines.

    Example:
        >>> encode(np.array([[0.6, -0.8]], np.float32), 'int8').tolist()
        [[95, -127]]
    """
    if stored == 'float16':
        return feats.astype('<f2')
    peaks = np.abs(feats).max(axis=1, keepdims=True, initial=0)
    return np.rint(feats * (127 / np.maximum(peaks, 1e-30))).astype(np.int8)


def decode(codes: np.ndarray) -> np.ndarray:
    """Turn stored codes into embeddings.

    Args:
        codes (np.ndarray): (n, D) float16 or int8 codes.

    Returns:
        np.ndarray: (n, D) float32; int8 codes are scaled to unit length,
        float16 codes are of unit length within 0.001.

    Example:
        >>> decode(np.array([[3, 4]], np.int8)).round(2).tolist()
        [[0.6000000238418579, 0.800000011920929]]
    """
    feats = codes.astype(np.float32)
    if codes.dtype == np.int8:
        feats *= 1 / _lengths(feats)[:, None]
    return feats


def similarities(feats: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Cosines of queries and stored embeddings, in one product.

    Args:
        feats (np.ndarray): (q, D) float32 queries of unit length.
        codes (np.ndarray): (n, D) float16, int8 or decoded float32.

    Returns:
        np.ndarray: (q, n) float32.
    """
    decoded = codes.astype(np.float32, copy=False)
    if len(feats) == 1:
        # Memory, not arithmetic, is the limit: threads only wait for each
        # other here.
        product = np.einsum('nd,d->n', decoded, feats[0])[None]
    else:
        product = feats @ decoded.T
    if codes.dtype == np.int8:
        # Cheaper than to scale all entries of the codes.
        product *= 1 / _lengths(decoded)
    return product


def stored_dtype(stored: str) -> np.dtype:
    """NumPy type of the codes.

    Args:
        stored (str): ``float16`` or ``int8``.

    Returns:
        np.dtype: Small-endian type.

    Raises:
        InputError: The type is another one.

    Example:
        >>> stored_dtype('int8').itemsize
        1
    """
    if stored not in STORED_TYPES:
        raise InputError(
            f'embeddings are stored as {" or ".join(STORED_TYPES)}, not as '
            f'{stored!r}'
        )
    return np.dtype('<f2') if stored == 'float16' else np.dtype(np.int8)


def _lengths(feats: np.ndarray) -> np.ndarray:
    squares = np.einsum('nd,nd->n', feats, feats)
    return np.sqrt(np.maximum(squares, 1e-30))
