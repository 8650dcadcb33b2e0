"""Words for hits: times, sightings and captions."""

from mmdmr.structures.hits import UNCALIBRATED, Hit
from mmdmr.structures.times import write_date


def write_clock(seconds: float, hours: bool = False) -> str:
    """Write a time in a video.

    Args:
        seconds (float): Seconds from the start of the video.
        hours (bool): Whether to write the hours of a time below one hour.
            Defaults to False.

    Returns:
        str: ``m:ss`` or ``h:mm:ss``; whole seconds, cut off.

    Example:
        >>> write_clock(12.9), write_clock(3725), write_clock(12.9, hours=True)
        ('0:12', '1:02:05', '0:00:12')
    """
    minutes, second = divmod(max(0, int(seconds)), 60)
    if hours or minutes >= 60:
        return f'{minutes // 60}:{minutes % 60:02d}:{second:02d}'
    return f'{minutes}:{second:02d}'


def write_sighting(hit: Hit) -> str:
    """Write from when to when a person was seen, and how often.

    Args:
        hit (Hit): The hit.

    Returns:
        str: Such as ``0:12-0:19, 24 frames``, with a no-break space before
        the unit; '' for a single view.

    Example:
        >>> import numpy as np
        >>> hit = Hit(
        ...     similarity=0.8, source='', path='a.mp4', file=None,
        ...     box=np.zeros(4), score=1, time=15, frame=375,
        ...     start=12, end=19, num_views=24,
        ... )
        >>> print(write_sighting(hit))
        0:12-0:19, 24 frames
    """
    if hit.num_views < 2:
        return ''
    if hit.frame is None:
        return f'{hit.num_views}\N{NO-BREAK SPACE}photographs'
    # The number stays in a line with its unit: a no-break space.
    views = f'{hit.num_views}\N{NO-BREAK SPACE}frames'
    if hit.start is None or hit.end is None:
        return views
    return f'{write_clock(hit.start)}-{write_clock(hit.end)}, {views}'


def write_time(hit: Hit) -> str:
    """Write when a hit was seen.

    Args:
        hit (Hit): The hit.

    Returns:
        str: ``h:mm:ss`` in a video, date and minute of a photograph; '' if
        unknown.
    """
    if hit.time is None:
        return ''
    if hit.frame is None:
        return write_date(hit.time)
    return write_clock(hit.time, hours=True)


def write_similarity(hit: Hit, rank: int) -> str:
    """Write the rank, the similarity and the verdict.

    Args:
        hit (Hit): The hit.
        rank (int): Place among the hits, from 1.

    Returns:
        str: Such as ``1. 0.83 likely``; without a verdict if the model is not
        calibrated.
    """
    text = f'{rank}. {hit.similarity:.2f}'
    return text if hit.verdict == UNCALIBRATED else f'{text} {hit.verdict}'
