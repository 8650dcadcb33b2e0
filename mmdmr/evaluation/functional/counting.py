"""Ranks from coarse similarities, made finer where it matters.

Comparing every query with every detection exactly would cost three products
in float64. One product in float32 has a known error: whatever is further apart
than that is in the right order already, and only what lies closer to a true
positive is looked at again, a handful for each query: first, if there are
many, in float64, then exactly. The ranks are those of the exact similarities,
to the last tie.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from .similarity import similarity_error

#: Similarity of what is not in the gallery: less than any cosine.
LEFT_OUT = np.float32(-2.0)
_BINS_PER_UNIT = 1024
_NUM_BINS = 4 * _BINS_PER_UNIT
#: Below this many entries a histogram does not pay.
_FEW = 512
#: Up to this many entries are computed exactly at once.
_HANDFUL = 64
#: Of the additions by which an entry finds its bin.
_BIN_ERROR = 1e-6


class Level(NamedTuple):
    """Similarities of a certain precision.

    Args:
        values (Callable): Gives the (m,) float64 similarities of the (m,)
            entries whose positions it is given.
        error (float): Bound on their distance from the exact ones.
    """

    values: Callable[[np.ndarray], np.ndarray]
    error: float


def coarse_error(dims: int, dtype: type = np.float32) -> float:
    """Largest error of a product of unit vectors.

    The bound of recursive summation, in whatever order, with the rounding of
    both vectors, and what :func:`~.similarity.similarity` leaves out; lengths
    up to 1.01 are allowed for.

    Args:
        dims (int): Length of the vectors.
        dtype (type): Type the product is computed in. Defaults to
            ``np.float32``.

    Returns:
        float: Bound on the distance from :func:`~.similarity.similarity`.

    Example:
        >>> coarse_error(256) < 2e-5
        True
    """
    rounding = 1.03 * (dims + 8) * float(np.finfo(dtype).eps) / 2
    return rounding + similarity_error(dims)


def count_above(
    coarse: np.ndarray,
    error: float,
    finer: Sequence[Level],
    targets: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Count the entries that are more similar than some of them.

    Args:
        coarse (np.ndarray): (n,) similarities in [-1.01, 1.01], or
            ``LEFT_OUT``.
        error (float): Bound on their distance from the exact ones.
        finer (Sequence[Level]): Better and better ones; the last are exact.
        targets (np.ndarray): (p,) positions of the entries to be ranked.

    Returns:
        tuple[np.ndarray, np.ndarray]: (p,) int64 numbers of entries above
        each target, and of those equal to it, itself included.

    Example:
        >>> import numpy as np
        >>> exact = np.array([0.5, 0.7, 0.5, 0.1])
        >>> above, equal = count_above(
        ...     exact.astype(np.float32), 1e-6, [Level(exact.take, 0.0)],
        ...     np.array([0, 1]))
        >>> above.tolist(), equal.tolist()
        ([1, 0], [2, 1])
    """
    reach = 2 * error
    values = coarse[targets].astype(np.float64)
    near, above = _near(coarse, values, reach)
    near_values = coarse[near].astype(np.float64)
    order = np.argsort(near_values)
    near, near_values = near[order], near_values[order]
    first = np.searchsorted(near_values, values - reach, side='left')
    last = np.searchsorted(near_values, values + reach, side='right')
    above = above + len(near) - last
    equal = last - first
    unsure = np.flatnonzero(equal > 1)
    if len(unsure) and finer:
        steps = np.zeros(len(near) + 1, dtype=np.int64)
        np.add.at(steps, first[unsure], 1)
        np.add.at(steps, last[unsure], -1)
        again = steps.cumsum()[:-1] > 0
        # Of those looked at again, these were counted already.
        counted = again[::-1].cumsum()[::-1]
        above[unsure] -= np.append(counted, 0)[last[unsure]]
        entries = np.sort(near[again])
        level, *finest = [
            Level(partial(_of_some, better.values, entries), better.error)
            for better in (finer if len(entries) > _HANDFUL else finer[-1:])
        ]
        more, equal[unsure] = count_above(
            level.values(np.arange(len(entries))),
            level.error,
            finest,
            np.searchsorted(entries, targets[unsure]),
        )
        above[unsure] += more
    return above, equal


def _of_some(
    values: Callable, entries: np.ndarray, positions: np.ndarray
) -> np.ndarray:
    """Similarities of entries by their positions among some."""
    return values(entries[positions])


def _near(
    coarse: np.ndarray, values: np.ndarray, reach: float
) -> tuple[np.ndarray, np.ndarray]:
    """Entries to be looked at, and how many others are above each value.

    Returns:
        tuple[np.ndarray, np.ndarray]: (m,) positions of the entries in the
        bins around the values; (p,) number of entries above each value that
        are not among them.
    """
    there = coarse > LEFT_OUT
    if np.count_nonzero(there) <= _FEW:
        return np.flatnonzero(there), np.zeros(len(values), dtype=np.int64)
    bins = ((coarse - LEFT_OUT) * np.float32(_BINS_PER_UNIT)).astype(np.intp)
    counts = np.bincount(bins, minlength=_NUM_BINS + 1)
    margin = (reach + _BIN_ERROR) * _BINS_PER_UNIT
    scaled = (values - LEFT_OUT) * _BINS_PER_UNIT
    steps = np.zeros(_NUM_BINS + 2, dtype=np.intp)
    np.add.at(steps, np.floor(scaled - margin).astype(np.intp), 1)
    np.add.at(steps, np.floor(scaled + margin).astype(np.intp) + 1, -1)
    is_near = steps.cumsum()[:-1] > 0
    near = np.flatnonzero(is_near.take(bins))
    counts[is_near] = 0
    at_least = counts[::-1].cumsum()[::-1]
    return near, at_least[scaled.astype(np.intp)]


def most_similar(
    coarse: np.ndarray,
    error: float,
    finer: Sequence[Level],
    num: int,
    places: np.ndarray | None = None,
) -> np.ndarray:
    """The entries of greatest similarity.

    Args:
        coarse (np.ndarray): As for :func:`count_above`.
        error (float): As for :func:`count_above`.
        finer (Sequence[Level]): As for :func:`count_above`.
        num (int): How many.
        places (np.ndarray, optional): (n,) what decides between equal ones,
            the least going first. Defaults to None: the position.

    Returns:
        np.ndarray: At most ``num`` positions, the most similar first.

    Example:
        >>> import numpy as np
        >>> exact = np.array([0.5, 0.7, 0.5, 0.1])
        >>> coarse = exact.astype(np.float32)
        >>> finer = [Level(exact.take, 0.0)]
        >>> most_similar(coarse, 1e-6, finer, 2).tolist()
        [1, 0]
    """
    there = np.flatnonzero(coarse > LEFT_OUT)
    values = coarse[there]
    for level in (None, *finer):
        if level is not None:
            values, error = level.values(there), level.error
        if len(there) > num:
            least = np.partition(values, len(values) - num)[len(values) - num]
            chosen = values >= least - 2 * error
            there, values = there[chosen], values[chosen]
    ties = there if places is None else places[there]
    return there[np.lexsort((ties, -values))[:num]]


def tied_with(
    coarse: np.ndarray, error: float, finer: Sequence[Level], target: int
) -> np.ndarray:
    """The entries exactly as similar as one of them.

    Args:
        coarse (np.ndarray): As for :func:`count_above`.
        error (float): As for :func:`count_above`.
        finer (Sequence[Level]): As for :func:`count_above`.
        target (int): Position of that one.

    Returns:
        np.ndarray: Positions, ``target`` among them, rising.

    Example:
        >>> import numpy as np
        >>> exact = np.array([0.5, 0.7, 0.5, 0.1])
        >>> finer = [Level(exact.take, 0.0)]
        >>> tied_with(exact.astype(np.float32), 1e-6, finer, 2).tolist()
        [0, 2]
    """
    gaps = np.abs(coarse.astype(np.float64) - float(coarse[target]))
    near = np.flatnonzero(gaps <= 2 * error)
    for level in finer:
        gaps = level.values(near) - level.values(np.array([target]))
        near = near[np.abs(gaps) <= 2 * level.error]
    return near
