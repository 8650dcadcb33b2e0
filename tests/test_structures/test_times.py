"""Times as dates, also those that are none."""

import pytest

from mmdmr.structures.times import write_date


@pytest.mark.parametrize(
    ('seconds', 'expected'),
    [
        (0, '1970-01-01 00:00'),
        (-1, '1969-12-31 23:59'),
        (1e300, ''),
        (float('nan'), ''),
        (float('-inf'), ''),
    ],
)
def test_a_date_is_that_of_the_year_1_to_9999(seconds, expected):
    assert write_date(seconds) == expected


def test_a_date_has_the_form_that_is_asked_for():
    assert write_date(59.9, '%H:%M:%S UTC') == '00:00:59 UTC'
