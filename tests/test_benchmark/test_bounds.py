"""Bounds of metrics, kept and broken."""

import pytest

from mmdmr.benchmark.bounds import Bound, check_bounds


@pytest.mark.parametrize(
    'value, at_least, holds',
    [
        (0.8, True, True),
        (0.79, True, False),
        (0.79, False, True),
        (0.8, False, False),
    ],
)
def test_a_least_value_may_be_reached_a_greatest_not(value, at_least, holds):
    scores = dict(a={'search.all': dict(mAP=value)})
    bound = Bound('a', 'search.all', 'mAP', 0.8, at_least)
    ((kept, line),) = check_bounds(scores, [bound])
    assert kept is holds
    assert line.startswith('ok' if holds else 'FAILED')
    assert f'{value:.3f}' in line
