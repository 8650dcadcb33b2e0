"""Rankings by similarity: the best of a block, and two rankings merged."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Matches:
    """The most similar persons of each query, most similar first.

    Args:
        rows (np.ndarray): (q, k) int64 numbers of persons in the gallery, -1
            where fewer than k persons were found.
        similarities (np.ndarray): (q, k) float32 cosines; -inf where there is
            no person.
        num_searched (int): Number of persons that the filters kept.
    """

    rows: np.ndarray
    similarities: np.ndarray
    num_searched: int = 0


@dataclass(frozen=True, eq=False)
class Ranking:
    """Persons of each query with their sightings, most similar first.

    Args:
        rows (np.ndarray): (q, k) int64 numbers of persons, -1 for a gap.
        similarities (np.ndarray): (q, k) float32; -inf for a gap. Gaps come
            last.
        sightings (np.ndarray): (q, k) int64 sightings, -1 for a gap.
    """

    rows: np.ndarray
    similarities: np.ndarray
    sightings: np.ndarray

    @classmethod
    def empty(cls, num_queries: int, size: int) -> 'Ranking':
        """Make a ranking of gaps.

        Args:
            num_queries (int): Number of queries q.
            size (int): Number of gaps k of each query.

        Returns:
            Ranking: Gaps only.

        Example:
            >>> Ranking.empty(1, 2).rows.tolist()
            [[-1, -1]]
        """
        shape = (num_queries, size)
        return cls(
            np.full(shape, -1, dtype=np.int64),
            np.full(shape, -np.inf, dtype=np.float32),
            np.full(shape, -1, dtype=np.int64),
        )

    def take(self, order: np.ndarray) -> 'Ranking':
        """Choose places, in a new order.

        Args:
            order (np.ndarray): (q, k) places of each query.

        Returns:
            Ranking: The chosen places.
        """
        return Ranking(
            np.take_along_axis(self.rows, order, axis=1),
            np.take_along_axis(self.similarities, order, axis=1),
            np.take_along_axis(self.sightings, order, axis=1),
        )


def rank_block(
    similarities: np.ndarray,
    rows: np.ndarray,
    sightings: np.ndarray,
    size: int,
    grouped: bool,
) -> Ranking:
    """Rank the best persons of a block.

    Args:
        similarities (np.ndarray): (q, n) float32.
        rows (np.ndarray): (n,) int64 numbers of the persons, rising.
        sightings (np.ndarray): (n,) int64 sightings.
        size (int): Number of places k.
        grouped (bool): True to rank only the best person of a sighting.

    Returns:
        Ranking: (q, k) places.

    Example:
        >>> rank_block(np.float32([[.1, .9, .8]]), np.array([4, 5, 6]),
        ...            np.array([0, 1, 1]), 2, grouped=True).rows.tolist()
        [[5, 4]]
    """
    # Persons that are sightings of their own have rising numbers: then there
    # is nothing to group.
    if grouped and (sightings[1:] <= sightings[:-1]).any():
        order = np.argsort(sightings, kind='stable')
        starts = np.flatnonzero(np.diff(sightings[order], prepend=-1))
        return _rank_groups(
            similarities[:, order],
            rows[order],
            sightings[order],
            starts,
            size,
        )
    places = _best_places(similarities, size)
    return _at(places, similarities, rows, sightings, size)


def merge(
    first: Ranking, second: Ranking, size: int, grouped: bool
) -> Ranking:
    """Merge two rankings of different persons.

    Args:
        first (Ranking): (q, a) places, in any order.
        second (Ranking): (q, b) places, in any order.
        size (int): Number of places k to keep, at most a + b.
        grouped (bool): True to keep only the best person of a sighting.

    Returns:
        Ranking: (q, k) places by falling similarity; equal similarities by
        rising row, gaps last.
    """
    both = Ranking(
        np.hstack([first.rows, second.rows]),
        np.hstack([first.similarities, second.similarities]),
        np.hstack([first.sightings, second.sightings]),
    )
    both = both.take(np.lexsort((both.rows, -both.similarities), axis=1))
    if grouped:
        repeated = _repeated(both.sightings) & (both.rows >= 0)
        both.rows[repeated] = both.sightings[repeated] = -1
        both.similarities[repeated] = -np.inf
        order = np.argsort(-both.similarities, axis=1, kind='stable')
        both = both.take(order)
    return both.take(np.broadcast_to(np.arange(size), (len(both.rows), size)))


def _best_places(similarities: np.ndarray, size: int) -> np.ndarray:
    """(q, min(size, n)) places of the greatest similarities, unordered."""
    num = similarities.shape[1]
    if num <= size:
        return np.broadcast_to(np.arange(num), similarities.shape)
    return np.argpartition(-similarities, size - 1, axis=1)[:, :size]


def _rank_groups(
    similarities: np.ndarray,
    rows: np.ndarray,
    sightings: np.ndarray,
    starts: np.ndarray,
    size: int,
) -> Ranking:
    """Rank the best person of each group; groups are runs of columns."""
    best = np.maximum.reduceat(similarities, starts, axis=1)
    groups = _best_places(best, size)
    ends = np.append(starts[1:], len(rows))
    # Columns of a group rise by row: argmax finds the first of equal ones.
    columns = [
        [starts[g] + np.argmax(line[starts[g] : ends[g]]) for g in chosen]
        for line, chosen in zip(similarities, groups)
    ]
    places = np.array(columns, dtype=np.int64).reshape(groups.shape)
    return _at(places, similarities, rows, sightings, size)


def _at(
    places: np.ndarray,
    similarities: np.ndarray,
    rows: np.ndarray,
    sightings: np.ndarray,
    size: int,
) -> Ranking:
    """Ranking of the persons at some places, with gaps up to ``size``."""
    return merge(
        Ranking(
            rows[places],
            np.take_along_axis(similarities, places, axis=1),
            sightings[places],
        ),
        Ranking.empty(len(similarities), size),
        size,
        grouped=False,
    )


def _repeated(values: np.ndarray) -> np.ndarray:
    """(q, k) bool: the value stands further left in the same line."""
    order = np.argsort(values, axis=1, kind='stable')
    ranked = np.take_along_axis(values, order, axis=1)
    again = np.zeros(values.shape, dtype=bool)
    again[:, 1:] = ranked[:, 1:] == ranked[:, :-1]
    result = np.empty_like(again)
    np.put_along_axis(result, order, again, axis=1)
    return result
