"""Ranks from coarse similarities, made exact where it matters.

Comparing every query with every detection exactly would cost three products
in float64. One product in float32 has a known error: whatever is further apart
than that is in the right order already, and only what lies closer to a true
positive is computed exactly, a handful for each query. The ranks are those of
the exact similarities, to the last tie.
"""

from typing import Callable, Optional, Tuple

import numpy as np

#: Similarity of what is not in the gallery: less than any cosine.
LEFT_OUT = np.float32(-2.0)
_BINS_PER_UNIT = 2048
_NUM_BINS = 4 * _BINS_PER_UNIT
#: Below this many entries a histogram does not pay.
_FEW = 512
#: Of the additions by which an entry finds its bin.
_BIN_ERROR = 1e-6

#: Gives the exact similarities, float64, of entries by their positions.
Exact = Callable[[np.ndarray], np.ndarray]


def coarse_error(dims: int) -> float:
    """Largest error of a product of unit vectors computed in float32.

    The bound of recursive summation, in whatever order, with the rounding of
    both vectors to float32; lengths up to 1.01 are allowed for.

    Args:
        dims (int): Length of the vectors.

    Returns:
        float: Bound on ``|coarse - exact|``.

    Example:
        >>> coarse_error(256) < 2e-5
        True
    """
    return 1.03 * (dims + 8) * 2.0**-24


def count_above(
    coarse: np.ndarray, exact: Exact, targets: np.ndarray, error: float
) -> Tuple[np.ndarray, np.ndarray]:
    """Count the entries that are more similar than some of them.

    Args:
        coarse (np.ndarray): (n,) float32 similarities in [-1.01, 1.01], or
            ``LEFT_OUT``.
        exact (Callable): Gives the exact ones of the entries it is given.
        targets (np.ndarray): (p,) positions of the entries to be ranked.
        error (float): Bound on ``|coarse - exact|``.

    Returns:
        tuple[np.ndarray, np.ndarray]: (p,) int64 numbers of entries above
        each target, and of those equal to it, itself included.

    Example:
        >>> import numpy as np
        >>> exact = np.array([0.5, 0.7, 0.5, 0.1])
        >>> above, equal = count_above(
        ...     exact.astype(np.float32), exact.take, np.array([0, 1]), 1e-6)
        >>> above.tolist(), equal.tolist()
        ([1, 0], [2, 1])
    """
    reach = 2 * error
    values = coarse[targets].astype(np.float64)
    near, above, near_bins, last_bin = _near(coarse, values, reach)
    gaps = coarse[near].astype(np.float64) - values[:, None]
    above = above + ((gaps > reach) & (near_bins <= last_bin)).sum(axis=1)
    close = np.abs(gaps) <= reach
    equal = np.ones(len(targets), dtype=np.int64)
    unsure = close.sum(axis=1) > 1
    if unsure.any():
        columns = np.flatnonzero(close[unsure].any(axis=0))
        gaps = exact(near[columns]) - exact(targets[unsure])[:, None]
        close = close[np.ix_(unsure, columns)]
        above[unsure] += ((gaps > 0) & close).sum(axis=1)
        equal[unsure] = ((gaps == 0) & close).sum(axis=1)
    return above, equal


def _near(
    coarse: np.ndarray, values: np.ndarray, reach: float
) -> Tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Entries to be looked at, and how many are above without a look.

    Returns:
        tuple[np.ndarray]: (m,) positions of the entries near any value; (p,)
        number of entries in higher bins than those of a value; (m,) bins of
        the entries; (p, 1) last bin of each value.
    """
    there = coarse > LEFT_OUT
    if np.count_nonzero(there) <= _FEW:
        none = np.zeros(len(values), dtype=np.int64)
        near = np.flatnonzero(there)
        return near, none, np.zeros(1, dtype=np.int32), none[:, None]
    bins = ((coarse - LEFT_OUT) * np.float32(_BINS_PER_UNIT)).astype(np.int32)
    at_least = np.bincount(bins, minlength=_NUM_BINS + 1)[::-1].cumsum()[::-1]
    reach = reach + _BIN_ERROR
    scaled = (values - LEFT_OUT) * _BINS_PER_UNIT
    first = np.floor(scaled - reach * _BINS_PER_UNIT).astype(np.int64)
    last = np.floor(scaled + reach * _BINS_PER_UNIT).astype(np.int64)
    steps = np.zeros(_NUM_BINS + 1, dtype=np.int64)
    np.add.at(steps, first, 1)
    np.add.at(steps, last + 1, -1)
    near = np.flatnonzero((steps.cumsum() > 0)[bins])
    return near, at_least[last + 1], bins[near], last[:, None]


def most_similar(
    coarse: np.ndarray,
    exact: Exact,
    num: int,
    error: float,
    places: Optional[np.ndarray] = None,
) -> np.ndarray:
    """The entries of greatest similarity.

    Args:
        coarse (np.ndarray): As for :func:`count_above`.
        exact (Callable): As for :func:`count_above`.
        num (int): How many.
        error (float): As for :func:`count_above`.
        places (np.ndarray, optional): (n,) what decides between equal ones,
            the least going first. Defaults to None: the position.

    Returns:
        np.ndarray: At most ``num`` positions, the most similar first.

    Example:
        >>> import numpy as np
        >>> exact = np.array([0.5, 0.7, 0.5, 0.1])
        >>> coarse = exact.astype(np.float32)
        >>> most_similar(coarse, exact.take, 2, 1e-6).tolist()
        [1, 0]
    """
    there = np.flatnonzero(coarse > LEFT_OUT)
    if len(there) > num:
        least = np.partition(coarse, len(coarse) - num)[len(coarse) - num]
        there = np.flatnonzero(coarse >= least - 2 * error)
    ties = there if places is None else places[there]
    return there[np.lexsort((ties, -exact(there)))[:num]]


def tied_with(
    coarse: np.ndarray, exact: Exact, target: int, error: float
) -> np.ndarray:
    """The entries exactly as similar as one of them.

    Args:
        coarse (np.ndarray): As for :func:`count_above`.
        exact (Callable): As for :func:`count_above`.
        target (int): Position of that one.
        error (float): As for :func:`count_above`.

    Returns:
        np.ndarray: Positions, ``target`` among them, rising.

    Example:
        >>> import numpy as np
        >>> exact = np.array([0.5, 0.7, 0.5, 0.1])
        >>> tied_with(exact.astype(np.float32), exact.take, 2, 1e-6).tolist()
        [0, 2]
    """
    gaps = np.abs(coarse.astype(np.float64) - float(coarse[target]))
    near = np.flatnonzero(gaps <= 2 * error)
    return near[exact(near) == exact(np.array([target]))]
