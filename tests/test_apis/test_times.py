"""Times that people write."""

import pytest

from mmdmr.apis.times import parse_time
from mmdmr.errors import InputError


@pytest.mark.parametrize(
    'text, seconds',
    [
        ('90', 90),
        ('1:30', 90),
        ('1:00:00.5', 3600.5),
        ('1970-01-02T01:00', 90000),
        ('1970-01-02T01:00+01:00', 86400),
    ],
)
def test_a_time_is_read(text, seconds):
    assert parse_time(text) == seconds
    assert parse_time(text, is_end=True) == seconds


def test_a_day_ends_at_midnight():
    assert parse_time('1970-01-01', is_end=True) == pytest.approx(86400)
    assert parse_time('1970-01-01') == 0


@pytest.mark.parametrize(
    'text', ['', 'noon', '-1', '1:-1', 'nan', 'inf', '1e999', '2026-13-01']
)
def test_no_time(text):
    with pytest.raises(InputError, match='must be seconds, h:mm:ss or a date'):
        parse_time(text)
