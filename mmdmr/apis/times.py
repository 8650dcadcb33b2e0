"""Times that people write: seconds of a video, or dates of photographs."""

import math
import re
from datetime import datetime, timezone

from mmdmr.errors import InputError

_DATE = re.compile(r'\d{4}-\d\d-\d\d')
_LONGEST = 1e9


def parse_time(text: str, is_end: bool = False) -> float:
    """Read a time.

    Args:
        text (str): Seconds of a video, such as ``90``, ``1:30`` or
            ``0:01:30``; or a date of photographs in ISO 8601, in UTC unless
            it names another zone.
        is_end (bool): True for the latest time of a range: a day without an
            hour then means its end. Defaults to False.

    Returns:
        float: Seconds from the start of a video, or POSIX time.

    Raises:
        InputError: The text is anything else.

    Example:
        >>> parse_time('1:30'), parse_time('1970-01-02')
        (90.0, 86400.0)
    """
    try:
        if _DATE.match(text):
            whole_day = is_end and _DATE.fullmatch(text)
            date = datetime.fromisoformat(
                f'{text}T23:59:59.999999' if whole_day else text
            )
            return (
                date if date.tzinfo else date.replace(tzinfo=timezone.utc)
            ).timestamp()
        seconds = 0.0
        for part in text.split(':'):
            value = float(part)
            # NaN fails the comparison, too.
            if not 0 <= value < _LONGEST:
                raise ValueError(part)
            seconds = 60 * seconds + value
        if not math.isfinite(seconds):
            raise ValueError(text)
        return seconds
    except (ValueError, OverflowError) as error:
        raise InputError(
            f'a time must be seconds, h:mm:ss or a date such as 2026-05-31, '
            f'not {text}'
        ) from error
