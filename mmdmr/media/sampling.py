"""Choice of the frames of a video, by number or by time."""

from collections.abc import Callable
from fractions import Fraction

from mmdmr.errors import InputError

#: Tells for each frame, by index and exact time in seconds, if it is wanted.
Sampler = Callable[[int, Fraction], bool]


def sampler(
    every_frames: int | None = None, every_seconds: float | None = None
) -> Sampler:
    """Make a function that chooses frames.

    Args:
        every_frames (int | None): Every n-th frame, from the first. Defaults
            to None.
        every_seconds (float | None): The first frame of each interval
            ``[k m, (k + 1) m)`` of m seconds. Defaults to None.

    Returns:
        Sampler: Function of the index of a frame and its time in seconds,
        to be called once for each frame, in order. It chooses every frame if
        neither option is given.

    Raises:
        InputError: Both options are given, or one is not positive.

    Example:
        >>> wanted = sampler(every_seconds=0.1)
        >>> [i for i in range(8) if wanted(i, Fraction(i, 25))]
        [0, 3, 5]
    """
    if every_frames is not None and every_seconds is not None:
        raise InputError(
            'choose frames by number or by time: give every_frames or '
            'every_seconds, not both'
        )
    if every_frames is not None and every_frames < 1:
        raise InputError(f'every_frames must be 1 or more, not {every_frames}')
    if every_seconds is None:
        step = every_frames or 1
        return lambda index, time: index % step == 0
    # "not >" also refuses NaN.
    if not 0 < every_seconds < float('inf'):
        raise InputError(
            f'every_seconds must be more than 0, not {every_seconds}'
        )
    # As written: the binary 0.1 is a little more than a tenth, so that a
    # frame at 0.2 seconds would miss its interval.
    length = Fraction(str(every_seconds))
    last: int | None = None

    def wanted(index: int, time: Fraction) -> bool:
        nonlocal last
        interval = time // length
        is_new = last is None or interval > last
        if is_new:
            last = interval
        return is_new

    return wanted
