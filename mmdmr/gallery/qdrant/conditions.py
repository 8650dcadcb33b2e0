"""Filters of a search as conditions on the points of Qdrant."""

import sys
from collections.abc import Iterable, Sequence

import numpy as np
from qdrant_client import models

from ..filters import Filters
from .points import to_text


def is_value(key: str, value: str | int) -> models.FieldCondition:
    """Condition that a field has one value.

    Args:
        key (str): Name of the field.
        value (str | int): Value.

    Returns:
        models.FieldCondition: The condition.
    """
    return models.FieldCondition(key=key, match=models.MatchValue(value=value))


def is_any(
    key: str, values: Sequence[str] | Sequence[int]
) -> models.FieldCondition:
    """Condition that a field has one of some values.

    Args:
        key (str): Name of the field.
        values (Sequence[str] | Sequence[int]): Values of one type.

    Returns:
        models.FieldCondition: The condition.
    """
    return models.FieldCondition(
        key=key,
        match=models.MatchAny(any=list(values)),  # type: ignore[arg-type]
    )


def has_id(rows: Iterable[int]) -> models.HasIdCondition:
    """Condition that a person has one of some numbers.

    Args:
        rows (Iterable[int]): Numbers of persons.

    Returns:
        models.HasIdCondition: The condition.
    """
    return models.HasIdCondition(has_id=[int(row) for row in rows])


def search_conditions(filters: Filters) -> models.Filter | None:
    """Turn the filters of a search into conditions.

    Args:
        filters (Filters): Filters.

    Returns:
        models.Filter | None: The conditions; None if no person can meet
        them.
    """
    must: list[models.Condition] = []
    must_not: list[models.Condition] = []
    for key, names in (
        ('source', filters.sources),
        ('camera', filters.cameras),
    ):
        if names is None:
            continue
        if not names:
            return None
        must.append(is_any(key, sorted({to_text(name) for name in names})))
    if filters.time is not None:
        must.append(_time_range(*filters.bounds))
    if filters.min_score > 0:
        must.append(
            models.FieldCondition(
                key='score',
                range=models.Range(gte=_least_score(filters.min_score)),
            )
        )
    if filters.without_rows:
        must_not.append(has_id(filters.without_rows))
    return models.Filter(must=must, must_not=must_not)


def without(
    conditions: models.Filter, more: models.Condition
) -> models.Filter:
    """Leave out further persons.

    Args:
        conditions (models.Filter): Result of :func:`search_conditions`.
        more (models.Condition): What the further persons meet.

    Returns:
        models.Filter: Both conditions.
    """
    return models.Filter(
        must=conditions.must, must_not=[*(conditions.must_not or []), more]
    )


def _time_range(start: float, end: float) -> models.FieldCondition:
    """Known times of a range; JSON cannot carry infinities."""
    greatest = sys.float_info.max
    return models.FieldCondition(
        key='time',
        range=models.Range(
            gte=float(np.clip(start, -greatest, greatest)),
            lte=float(np.clip(end, -greatest, greatest)),
        ),
    )


def _least_score(score: float) -> float:
    """Least float64 that is no less than a score in float32.

    The local gallery compares in float32, where 0.9 keeps a score of 0.9 that
    was stored in float64. Numbers from halfway to the float32 before round up
    to the least score.
    """
    least = np.float32(score)
    before = np.nextafter(least, np.float32(-1))
    return (float(before) + float(least)) / 2
