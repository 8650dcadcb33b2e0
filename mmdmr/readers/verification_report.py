"""The report of a verification: counts, errors and notes."""

from collections.abc import Iterable
from dataclasses import dataclass, field

#: Number of items that a line of a report names.
_NAMED = 3


@dataclass
class Report:
    """Findings of a verification.

    Args:
        counts (dict[str, int]): Counts by name, such as "test boxes".
        errors (list[str]): Faults that keep training or tests from working.
        notes (list[str]): Oddities that are no faults.
    """

    counts: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def some_of(items: Iterable[str]) -> str:
    """Number of items, and the first few items by name.

    Args:
        items (Iterable[str]): Names.

    Returns:
        str: Text for a line of a report.

    Example:
        >>> some_of(['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg'])
        '4 (a.jpg, b.jpg, c.jpg and 1 more)'
    """
    items = list(items)
    more = f' and {len(items) - _NAMED} more' if len(items) > _NAMED else ''
    return f'{len(items)} ({", ".join(items[:_NAMED])}{more})'
