"""Exact ranks from coarse similarities.

Exact similarities of all queries and detections would cost three matrix
products in float64. One product in float32 is cheap and has a known error
bound. Two similarities that differ by more than twice the bound are already in
the right order. Only detections closer than that to a true positive are
recomputed, a handful for each query. If these detections are many, they are
recomputed in float64 first, then exactly. The ranks equal the ranks of the
exact similarities, to the last tie.

Words of this module:

* An *entry* is a detection, named by its position in the coarse array.
* A *refinement* gives similarities of a smaller error, for the entries asked
  for. Refinements are sorted by falling error; the last refinement is exact.
* The *tolerance* is twice the error: two similarities, each wrong by the
  error, may swap if they are no further apart.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from .similarity import similarity_error

#: Similarity of an entry that is excluded from the gallery: below any cosine.
EXCLUDED = np.float32(-2.0)
#: Bins of the histogram; they cover similarities in [-2, 2).
_BINS_PER_UNIT = 1024
_NUM_BINS = 4 * _BINS_PER_UNIT
#: Entries that matter are picked out if they are one of so many, or fewer.
_MANY = 8
#: Largest number of entries for which a histogram costs more than it saves.
_FEW = 512
#: Largest number of entries that are refined exactly, without float64 first.
_HANDFUL = 64
#: Error of the float32 arithmetic that finds the bin of an entry.
_BIN_ERROR = 1e-6


class Refinement(NamedTuple):
    """Similarities of a certain precision, computed on demand.

    Args:
        values (Callable[[np.ndarray], np.ndarray]): Function from (m,)
            entries to their (m,) float64 similarities.
        error (float): Bound on the distance of these values from the exact
            similarities; 0 for exact similarities.
    """

    values: Callable[[np.ndarray], np.ndarray]
    error: float


def coarse_error(dims: int, dtype: type = np.float32) -> float:
    """Largest error of an inner product of two vectors of unit length.

    The bound adds up: recursive summation in any order, rounding of both
    vectors to ``dtype``, and the error of :func:`~.similarity.similarity`
    itself. It holds for lengths up to 1.01.

    Args:
        dims (int): Number of dimensions of the vectors.
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
    refinements: Sequence[Refinement],
    targets: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Count the entries that are more similar than target entries.

    Worked example: error 0.05, so tolerance 0.1, and one target, entry 1::

        entry              0     1     2     3     4
        coarse           0.90  0.62  0.55  0.70  0.10
        exact            0.88  0.60  0.60  0.66  0.12

    1. Entries within the tolerance of the target's 0.62 are ambiguous: 1, 2
       and 3, in [0.52, 0.72]. Entry 0 is surely above, entry 4 surely below.
       So 1 entry is above so far, and 3 are ambiguous.
    2. The ambiguous entries are counted again, by their exact similarities
       0.60, 0.60, 0.66: 1 entry (entry 3) is above the target, and 2 entries
       (the target and entry 2) are equal to it.
    3. Both counts add up: 2 entries above, 2 equal.

    Args:
        coarse (np.ndarray): (n,) float32 or float64 similarities in
            [-1.99, 1.99]; ``EXCLUDED`` for an entry that is not in the
            gallery.
        error (float): Bound on the distance of ``coarse`` from the exact
            similarities.
        refinements (Sequence[Refinement]): Refinements by falling error; the
            last one is exact.
        targets (np.ndarray): (p,) entries to be ranked, all in the gallery.

    Returns:
        tuple[np.ndarray, np.ndarray]: (p,) int64 numbers of entries above
            each target, and (p,) int64 numbers of entries equal to it, the
            target included.

    Example:
        >>> import numpy as np
        >>> exact = np.array([0.88, 0.6, 0.6, 0.66, 0.12])
        >>> coarse = np.array([0.9, 0.62, 0.55, 0.7, 0.1], np.float32)
        >>> above, equal = count_above(
        ...     coarse, 0.05, [Refinement(exact.take, 0.0)], np.array([1]))
        >>> above.tolist(), equal.tolist()
        ([2], [2])
    """
    tolerance = 2 * error
    values = coarse[targets].astype(np.float64)
    # Sort only entries in the bins around the targets; for each target count
    # the entries above it in all other bins.
    near, above = _near_any(coarse, values, tolerance)
    near_values = coarse[near].astype(np.float64)
    order = np.argsort(near_values)
    near, near_values = near[order], near_values[order]
    # Ambiguous for target j: the stretch first[j]:last[j] of ``near``.
    first = np.searchsorted(near_values, values - tolerance, side='left')
    last = np.searchsorted(near_values, values + tolerance, side='right')
    # Entries behind the stretch are surely above the target.
    above = above + len(near) - last
    equal = last - first
    # A target alone in its stretch has its rank. Other targets are refined.
    ambiguous = np.flatnonzero(equal > 1)
    if len(ambiguous) and refinements:
        # Union of the stretches: +1 where a stretch begins, -1 where a stretch
        # ends; the running sum is the number of stretches over an entry.
        steps = np.zeros(len(near) + 1, dtype=np.int64)
        np.add.at(steps, first[ambiguous], 1)
        np.add.at(steps, last[ambiguous], -1)
        refined = steps.cumsum()[:-1] > 0
        # All entries of the union are about to be counted for each target.
        # Take back the entries of the union that lie behind a target's own
        # stretch: they were counted as surely above.
        refined_from = np.append(refined[::-1].cumsum()[::-1], 0)
        above[ambiguous] -= refined_from[last[ambiguous]]
        entries = np.sort(near[refined])
        # Few entries: skip to the exact refinement.
        chosen = refinements if len(entries) > _HANDFUL else refinements[-1:]
        better, *rest = [
            Refinement(partial(_values_of, r.values, entries), r.error)
            for r in chosen
        ]
        # The same problem among the entries of the union alone.
        more, equal[ambiguous] = count_above(
            better.values(np.arange(len(entries))),
            better.error,
            rest,
            np.searchsorted(entries, targets[ambiguous]),
        )
        above[ambiguous] += more
    return above, equal


def _values_of(
    values: Callable, entries: np.ndarray, positions: np.ndarray
) -> np.ndarray:
    """Similarities of entries, by position in an array of all entries."""
    return values(entries[positions])


def _near_any(
    coarse: np.ndarray, values: np.ndarray, tolerance: float
) -> tuple[np.ndarray, np.ndarray]:
    """Split off the entries that may be within the tolerance of a value.

    Worked example with bins of width 0.1, tolerance 0.1 and the value 0.62::

        bin             0.1  ...  0.5   0.6   0.7   0.8   0.9
        number          1         1     1     1     0     1
        near                      x     x     x

    Bins that meet [0.52, 0.72] are near: their three entries are returned,
    to be sorted. The other bins above the value hold 1 entry, which is counted
    here and never sorted.

    Args:
        coarse (np.ndarray): (n,) similarities, as for :func:`count_above`.
        values (np.ndarray): (p,) float64 similarities of the targets.
        tolerance (float): Twice the error of ``coarse``.

    Returns:
        tuple[np.ndarray, np.ndarray]: (m,) entries in bins near any value,
            rising; (p,) numbers of the other entries above each value.
    """
    # Entries below all targets, and those not in the gallery, count nowhere.
    least = values.min(initial=np.inf) - tolerance - _BIN_ERROR
    matters = coarse >= coarse.dtype.type(least)
    num = np.count_nonzero(matters)
    if num <= _FEW:
        return np.flatnonzero(matters), np.zeros(len(values), np.int64)
    if num <= len(coarse) // _MANY:
        # Where few entries matter, these alone are counted.
        left = np.flatnonzero(matters)
        near, above = _near_bins(coarse[left], values, tolerance)
        return left[near], above
    return _near_bins(coarse, values, tolerance)


def _near_bins(
    coarse: np.ndarray, values: np.ndarray, tolerance: float
) -> tuple[np.ndarray, np.ndarray]:
    """Split off the entries in bins near a value, as :func:`_near_any`."""
    # Histogram of all similarities; excluded entries fall into bin 0.
    bins = ((coarse - EXCLUDED) * np.float32(_BINS_PER_UNIT)).astype(np.intp)
    counts = np.bincount(bins, minlength=_NUM_BINS + 1)
    # Near bins: the union of the intervals value +- tolerance, widened by the
    # error of the bins themselves (+1 at a beginning, -1 behind an end).
    margin = (tolerance + _BIN_ERROR) * _BINS_PER_UNIT
    scaled = (values - EXCLUDED) * _BINS_PER_UNIT
    steps = np.zeros(_NUM_BINS + 2, dtype=np.intp)
    np.add.at(steps, np.floor(scaled - margin).astype(np.intp), 1)
    np.add.at(steps, np.floor(scaled + margin).astype(np.intp) + 1, -1)
    is_near = steps.cumsum()[:-1] > 0
    near = np.flatnonzero(is_near.take(bins))
    # Entries of all bins that are not near and not below the value's bin.
    counts[is_near] = 0
    at_least = counts[::-1].cumsum()[::-1]
    return near, at_least[scaled.astype(np.intp)]


def most_similar(
    coarse: np.ndarray,
    error: float,
    refinements: Sequence[Refinement],
    num: int,
    tie_order: np.ndarray | None = None,
) -> np.ndarray:
    """Entries of greatest similarity.

    Args:
        coarse (np.ndarray): (n,) similarities, as for :func:`count_above`.
        error (float): Error of ``coarse``, as for :func:`count_above`.
        refinements (Sequence[Refinement]): Refinements, as for
            :func:`count_above`.
        num (int): Number of entries wanted.
        tie_order (np.ndarray | None): (n,) numbers by which equally similar
            entries are sorted, the least first. Defaults to None: by
            position.

    Returns:
        np.ndarray: (at most num,) entries, the most similar first.

    Example:
        >>> import numpy as np
        >>> exact = np.array([0.5, 0.7, 0.5, 0.1])
        >>> coarse = exact.astype(np.float32)
        >>> refinements = [Refinement(exact.take, 0.0)]
        >>> most_similar(coarse, 1e-6, refinements, 2).tolist()
        [1, 0]
    """
    left = np.flatnonzero(coarse > EXCLUDED)
    values = coarse[left]
    for refinement in (None, *refinements):
        if refinement is not None:
            values, error = refinement.values(left), refinement.error
        if len(left) > num:
            # No entry more than the tolerance below the num-th value can be
            # among the first num.
            least = np.partition(values, len(values) - num)[len(values) - num]
            chosen = values >= least - 2 * error
            left, values = left[chosen], values[chosen]
    ties = left if tie_order is None else tie_order[left]
    return left[np.lexsort((ties, -values))[:num]]


def tied_with(
    coarse: np.ndarray,
    error: float,
    refinements: Sequence[Refinement],
    target: int,
) -> np.ndarray:
    """Entries exactly as similar as a target entry.

    Args:
        coarse (np.ndarray): (n,) similarities, as for :func:`count_above`.
        error (float): Error of ``coarse``, as for :func:`count_above`.
        refinements (Sequence[Refinement]): Refinements, as for
            :func:`count_above`.
        target (int): Target entry.

    Returns:
        np.ndarray: (t,) entries, rising, the target included.

    Example:
        >>> import numpy as np
        >>> exact = np.array([0.5, 0.7, 0.5, 0.1])
        >>> refinements = [Refinement(exact.take, 0.0)]
        >>> tied_with(exact.astype(np.float32), 1e-6, refinements, 2).tolist()
        [0, 2]
    """
    gaps = np.abs(coarse.astype(np.float64) - float(coarse[target]))
    left = np.flatnonzero(gaps <= 2 * error)
    for refinement in refinements:
        value = refinement.values(np.array([target]))
        gaps = refinement.values(left) - value
        left = left[np.abs(gaps) <= 2 * refinement.error]
    return left
