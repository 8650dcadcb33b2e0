"""The address of a search: the queried person, and the filters."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from mmdmr.apis.times import parse_time
from mmdmr.errors import InputError
from mmdmr.gallery import Filters

#: Hits of a page at first, and at most.
FEW, MOST = 24, 240
#: Value of ``person`` for a picture as a whole.
WHOLE = 'whole'


@dataclass(frozen=True)
class SearchForm:
    """What the address of a search says, as texts.

    Args:
        upload (str): Name of an upload; '' for a person of the gallery.
        person (str): Number of a person of the upload, from 0, or ``whole``.
        row (str): Number of a person of the gallery; '' for an upload.
        sources (tuple[str, ...]): Sources to search; () for all.
        cameras (tuple[str, ...]): Cameras to search; () for all.
        earliest (str): Earliest time; '' for any.
        latest (str): Latest time; '' for any.
        least (str): Least similarity; '' for any.
        top (str): Number of hits.
    """

    upload: str = ''
    person: str = ''
    row: str = ''
    sources: tuple[str, ...] = ()
    cameras: tuple[str, ...] = ()
    earliest: str = ''
    latest: str = ''
    least: str = ''
    top: str = str(FEW)

    @classmethod
    def of_address(cls, params: QueryParams) -> 'SearchForm':
        """Read the parameters of an address.

        Args:
            params (QueryParams): The parameters.

        Returns:
            SearchForm: The form.
        """

        def names(key: str) -> tuple[str, ...]:
            return tuple(name for name in params.getlist(key) if name)

        return cls(
            params.get('upload', ''),
            params.get('person', ''),
            params.get('row', ''),
            names('source'),
            names('camera'),
            params.get('from', '').strip(),
            params.get('to', '').strip(),
            params.get('min', '').strip(),
            params.get('top', '') or str(FEW),
        )

    @property
    def is_filtered(self) -> bool:
        """bool: True if a filter is set."""
        return bool(
            self.sources
            or self.cameras
            or self.earliest
            or self.latest
            or self.least
        )

    @property
    def num_hits(self) -> int:
        """int: Number of hits that are wanted, in a range."""
        return min(max(whole_number(self.top) or FEW, 1), MOST)

    @property
    def least_similarity(self) -> float:
        """float: Least similarity; -1 for any.

        Raises:
            InputError: The text is no number in [-1, 1].
        """
        if not self.least:
            return -1.0
        try:
            value = float(self.least)
        except ValueError:
            value = math.nan
        if not -1 <= value <= 1:
            raise InputError(
                'the least similarity must be a number from -1 to 1, not '
                f'{self.least}'
            )
        return value

    def filters(self, without_rows: Sequence[int] = ()) -> Filters:
        """Make the filters of the search.

        Args:
            without_rows (Sequence[int]): Persons to leave out. Defaults to
                none.

        Returns:
            Filters: The filters.

        Raises:
            InputError: A time is none, or the range runs backwards.
        """
        start = parse_time(self.earliest) if self.earliest else None
        end = parse_time(self.latest, is_end=True) if self.latest else None
        return Filters(
            list(self.sources) or None,
            list(self.cameras) or None,
            None if start is None and end is None else (start, end),
            without_rows=without_rows,
        )

    def address(self, **changes: Any) -> str:
        """Write the address of a search.

        Args:
            **changes (Any): Fields with other values.

        Returns:
            str: Query string of the address.

        Example:
            >>> SearchForm(row='3', cameras=('door',)).address(row='7')
            'row=7&camera=door'
        """
        form = replace(self, **changes)
        pairs = [
            ('upload', form.upload),
            ('person', form.person),
            ('row', form.row),
            *(('source', name) for name in form.sources),
            *(('camera', name) for name in form.cameras),
            ('from', form.earliest),
            ('to', form.latest),
            ('min', form.least),
            ('top', '' if form.top == str(FEW) else form.top),
        ]
        return urlencode([(key, value) for key, value in pairs if value])

    def without_filters(self) -> str:
        """Write the address of the same search without filters.

        Returns:
            str: Query string of the address.
        """
        return SearchForm(self.upload, self.person, self.row).address()


def whole_number(text: str) -> int | None:
    """Read a whole number of an address.

    Args:
        text (str): Digits.

    Returns:
        int | None: The number; None for anything else.

    Example:
        >>> whole_number('12'), whole_number('-1'), whole_number('9' * 30)
        (12, None, None)
    """
    # Eighteen digits fit into a number of SQLite.
    if text.isascii() and text.isdecimal() and len(text) <= 18:
        return int(text)
    return None
