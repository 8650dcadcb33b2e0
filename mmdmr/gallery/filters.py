"""Filters of a search: by source, camera, time and score."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mmdmr.errors import InputError


@dataclass(frozen=True)
class Filters:
    """Conditions that a searched person meets, all of them.

    Args:
        sources (Sequence[str] | None): Names of sources. Defaults to None:
            all sources.
        cameras (Sequence[str] | None): Names of cameras. Defaults to None:
            all cameras, known or not.
        time (tuple[float | None, float | None] | None): Earliest and latest
            time, both included; None for an open end. Seconds from the start
            of a video, POSIX time of a photograph. A person without a time
            is left out. Defaults to None: any time, known or not.
        min_score (float): Least confidence of a detection. Defaults to 0.
        without_rows (Sequence[int]): Numbers of persons to leave out, such as
            those of the query's own picture. Defaults to none.

    Raises:
        InputError: The time runs backwards, or a bound is not a number.

    Example:
        >>> Filters(cameras=['door'], time=(0, 60)).is_open
        False
        >>> Filters().is_open
        True
    """

    sources: Sequence[str] | None = None
    cameras: Sequence[str] | None = None
    time: tuple[float | None, float | None] | None = None
    min_score: float = 0.0
    without_rows: Sequence[int] = ()

    def __post_init__(self) -> None:
        for field in ('sources', 'cameras'):
            # A single name would be taken for a sequence of letters.
            if isinstance(getattr(self, field), str):
                raise InputError(
                    f'{field} must be a list of names, not a single name: '
                    f'[{getattr(self, field)!r}]'
                )
        start, end = self.bounds
        if not start <= end:
            raise InputError(
                f'the time of a search must not end before it begins: {start} '
                f'to {end}'
            )
        if not np.isfinite(self.min_score):
            raise InputError(
                f'the least score must be a number, not {self.min_score}'
            )

    @property
    def bounds(self) -> tuple[float, float]:
        """tuple[float, float]: Time range with infinities for open ends."""
        start, end = self.time or (None, None)
        return (
            -np.inf if start is None else start,
            np.inf if end is None else end,
        )

    @property
    def is_open(self) -> bool:
        """bool: True if every person meets the conditions."""
        return (
            self.sources is None
            and self.cameras is None
            and self.time is None
            and self.min_score <= 0
            and not self.without_rows
        )


class Columns(NamedTuple):
    """What the filters look at, of n persons.

    Args:
        rows (np.ndarray): (n,) int64 numbers of the persons, rising.
        sources (np.ndarray): (n,) int32 numbers of the sources.
        cameras (np.ndarray): (n,) int32 numbers of the cameras.
        times (np.ndarray): (n,) float64 seconds, NaN if unknown.
        scores (np.ndarray): (n,) float32 confidences.
        sightings (np.ndarray): (n,) int64 sightings.
    """

    rows: np.ndarray
    sources: np.ndarray
    cameras: np.ndarray
    times: np.ndarray
    scores: np.ndarray
    sightings: np.ndarray

    def take(self, chosen: np.ndarray | slice) -> 'Columns':
        """Choose persons.

        Args:
            chosen (np.ndarray | slice): Positions, or a (n,) bool mask.

        Returns:
            Columns: The chosen persons.
        """
        return Columns(*(column[chosen] for column in self))


#: Types of the columns, in their order.
COLUMN_TYPES = ('int64', 'int32', 'int32', 'float64', 'float32', 'int64')


def join_columns(parts: Sequence[Columns]) -> Columns:
    """Put columns one behind the other.

    Args:
        parts (Sequence[Columns]): Columns of different persons, one or more.

    Returns:
        Columns: All persons.
    """
    return Columns(*(np.concatenate(column) for column in zip(*parts)))


def keep_mask(
    filters: Filters,
    columns: Columns,
    source_ids: dict[str, int],
    camera_ids: dict[str, int],
) -> np.ndarray:
    """Find the persons that meet all conditions.

    Args:
        filters (Filters): Conditions.
        columns (Columns): n persons.
        source_ids (dict[str, int]): Numbers of the sources by name. A name
            that is missing is the name of no person's source.
        camera_ids (dict[str, int]): Numbers of the cameras by name.

    Returns:
        np.ndarray: (n,) bool.
    """
    keep = np.ones(len(columns.rows), dtype=bool)
    if filters.sources is not None:
        keep &= _is_any(columns.sources, filters.sources, source_ids)
    if filters.cameras is not None:
        keep &= _is_any(columns.cameras, filters.cameras, camera_ids)
    if filters.time is not None:
        start, end = filters.bounds
        # NaN, an unknown time, fails both comparisons.
        keep &= (columns.times >= start) & (columns.times <= end)
    if filters.min_score > 0:
        # Scores are stored in float32: 0.9 must keep a score of 0.9.
        keep &= columns.scores >= np.float32(filters.min_score)
    if filters.without_rows:
        keep &= ~np.isin(columns.rows, filters.without_rows)
    return keep


def _is_any(
    column: np.ndarray, names: Sequence[str], ids: dict[str, int]
) -> np.ndarray:
    keep = np.zeros(len(column), dtype=bool)
    for name in set(names):
        if name in ids:
            keep |= column == ids[name]
    return keep
