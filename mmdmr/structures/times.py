"""POSIX times as dates."""

from datetime import datetime, timedelta


def write_date(seconds: float, form: str = '%Y-%m-%d %H:%M') -> str:
    """Write a time as a date in UTC.

    Args:
        seconds (float): POSIX time, any number: the file of a gallery may be
            damaged.
        form (str): Form of the date, as ``strftime`` knows it. Defaults to
            date, hour and minute.

    Returns:
        str: The date; '' for NaN and a time outside the years 1 to 9999.

    Example:
        >>> write_date(1714745520.0)
        '2024-05-03 14:12'
    """
    try:
        date = datetime(1970, 1, 1) + timedelta(seconds=seconds)
    except (OverflowError, ValueError):  # no date: beyond 9999, or no number
        return ''
    return date.strftime(form)
