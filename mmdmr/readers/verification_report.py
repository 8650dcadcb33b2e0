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


def print_report(report: Report, published: dict[str, int]) -> None:
    """Print counts, oddities, errors and the verdict.

    Args:
        report (Report): Findings of the verification.
        published (dict[str, int]): Counts of the complete data set; empty for
            own data.
    """
    # Only what prints a report needs rich.
    from rich.console import Console
    from rich.table import Table

    # Long lines are not wrapped: paths can be copied.
    console = Console(soft_wrap=True, highlight=False, markup=False)
    table = Table('count', 'here')
    table.columns[1].justify = 'right'
    if published:
        table.add_column('published', justify='right')
        table.add_column('')
    for name, count in report.counts.items():
        row = [name, str(count)]
        if name in published:
            row += [
                str(published[name]),
                '' if published[name] == count else 'differs',
            ]
        table.add_row(*row)
    console.print(table)
    for title, lines in (
        ('Odd, but usable:', report.notes),
        ('Errors:', report.errors),
    ):
        if lines:
            console.print('\n'.join([title, *(f'- {x}' for x in lines)]))
    if report.errors:
        num = len(report.errors)
        console.print(f'NOT USABLE: {num} error{"s" * (num > 1)}, see above.')
    else:
        console.print('OK: training and testing on it will work.')
