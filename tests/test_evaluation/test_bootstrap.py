"""Differences beyond chance."""

import numpy as np
import pytest

from mmdmr.evaluation.functional import paired_bootstrap


def test_a_constant_gain_is_clear():
    rng = np.random.default_rng(0)
    base = rng.random(200)
    gap = paired_bootstrap(base + 0.01, base)
    assert gap.mean == pytest.approx(0.01)
    assert gap.is_clear and gap.p_value < 0.001


def test_noise_is_no_difference():
    rng = np.random.default_rng(1)
    first, second = rng.random(200), rng.random(200)
    gap = paired_bootstrap(first, second)
    assert not gap.is_clear and gap.p_value > 0.05
    assert gap.low < gap.mean < gap.high


def test_pairs_are_kept_together():
    """Queries differ far more than methods: unpaired, nothing would show."""
    rng = np.random.default_rng(2)
    base = rng.choice([0.0, 1.0], 300)
    gains = rng.normal(0.02, 0.05, 300)
    assert paired_bootstrap(base + gains, base).is_clear


def test_interval_has_the_width_of_the_standard_error():
    rng = np.random.default_rng(3)
    gains = rng.normal(0, 1, 1000)
    gap = paired_bootstrap(gains, np.zeros(1000))
    width = 2 * 1.96 * gains.std() / np.sqrt(1000)
    assert gap.high - gap.low == pytest.approx(width, rel=0.05)


def test_gains_of_all_or_nothing_have_an_interval():
    gap = paired_bootstrap(np.array([1.0, 0.0] * 50), np.zeros(100))
    assert gap.low < gap.mean == 0.5 < gap.high


def test_swapping_turns_the_sign():
    rng = np.random.default_rng(4)
    first, second = rng.random(50), rng.random(50)
    one, other = (
        paired_bootstrap(first, second),
        paired_bootstrap(second, first),
    )
    assert one.mean == -other.mean
    assert one.low == pytest.approx(-other.high)


def test_equal_methods_do_not_differ():
    same = np.array([0.1, 0.9, 0.4])
    gap = paired_bootstrap(same, same)
    assert (gap.mean, gap.p_value, gap.is_clear) == (0.0, 1.0, False)


def test_the_smallest_p_value():
    """No mean of a resample is 0 or less: twice 1 of 99 + 1 means."""
    gains = np.array([0.1, 0.2, 0.3])
    gap = paired_bootstrap(gains, np.zeros(3), resamples=99)
    assert gap.p_value == pytest.approx(0.02)


@pytest.mark.parametrize(
    'first, second', [(np.ones(3), np.ones(4)), (np.ones(1), np.ones(1))]
)
def test_different_queries_are_refused(first, second):
    with pytest.raises(ValueError, match='the same queries'):
        paired_bootstrap(first, second)
