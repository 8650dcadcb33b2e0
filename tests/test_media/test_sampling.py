"""Choice of frames."""

from fractions import Fraction
from math import inf, nan

import pytest

from mmdmr.errors import InputError
from mmdmr.media.sampling import sampler


def chosen(wanted, times):
    return [i for i, time in enumerate(times) if wanted(i, time)]


def plain_loop(times, length):
    """First index of each interval, by whole numbers."""
    firsts = {}
    for index, time in enumerate(times):
        firsts.setdefault(int(time / Fraction(str(length))), index)
    return list(firsts.values())


@pytest.mark.parametrize('fps', [25, 30, Fraction(30000, 1001), 7])
@pytest.mark.parametrize('length', [0.1, 0.04, 1 / 3, 0.5, 1, 2.5, 1e-6])
def test_intervals_of_a_constant_rate(fps, length):
    times = [i / Fraction(fps) for i in range(200)]
    wanted = plain_loop(times, length)
    assert chosen(sampler(every_seconds=length), times) == wanted


def test_a_tenth_of_a_second():
    """Every frame at 10 frames a second; binary tenths would miss some."""
    times = [Fraction(i, 10) for i in range(100)]
    assert chosen(sampler(every_seconds=0.1), times) == list(range(100))


def test_intervals_with_gaps():
    times = [Fraction(ms, 1000) for ms in (0, 40, 999, 1000, 5000, 5900, 6001)]
    assert chosen(sampler(every_seconds=1), times) == [0, 3, 4, 6]


def test_times_of_day():
    """A live stream begins within an interval."""
    times = [Fraction(1_700_000_000.7 + i / 4) for i in range(9)]
    assert chosen(sampler(every_seconds=1), times) == [0, 2, 6]


def test_by_number():
    assert chosen(sampler(every_frames=3), range(10)) == [0, 3, 6, 9]
    assert chosen(sampler(), range(4)) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    'options, message',
    [
        (dict(every_frames=0), 'every_frames must be 1 or more, not 0'),
        (dict(every_seconds=0), 'every_seconds must be more than 0'),
        (dict(every_seconds=-1), 'every_seconds must be more than 0'),
        (dict(every_seconds=nan), 'every_seconds must be more than 0'),
        (dict(every_seconds=inf), 'every_seconds must be more than 0'),
        (dict(every_frames=1, every_seconds=1.0), 'not both'),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(InputError, match=message):
        sampler(**options)
