import itertools

import numpy as np
import pytest

from mmdmr.benchmark.training.growth_model import fit_growth

SIZES, PERSONS = zip(*itertools.product([0, 256, 65536], [3, 48, 900]))


def costs_of(a, b, c, d):
    return [a + b * s + c * n + d * s * n for s, n in zip(SIZES, PERSONS)]


def test_an_exact_formula_is_found():
    expected = 1e-3, 2e-6, 3e-5, 4e-9
    found = fit_growth(SIZES, PERSONS, costs_of(*expected))
    assert found[:4] == pytest.approx(expected)
    assert found.greatest_error < 1e-6
    assert found.predict(1000, 10) == pytest.approx(1e-3 + 2e-3 + 3e-4 + 4e-5)


def test_small_costs_count_as_much_as_large_ones():
    """An error of a tenth in the largest cost stays one of a tenth."""
    costs = np.array(costs_of(1e-3, 2e-6, 3e-5, 4e-9))
    costs[-1] *= 1.1
    found = fit_growth(SIZES, PERSONS, costs)
    assert found.greatest_error < 0.1
    assert found.constant == pytest.approx(1e-3, rel=0.1)


def test_no_coefficient_is_negative():
    """These costs fall with the size."""
    found = fit_growth([0, 10, 0, 10], [1, 1, 2, 2], [5.0, 4, 5, 4])
    assert min(found[:4]) >= 0 and found.per_key == 0
    assert found.greatest_error == pytest.approx(0.11, abs=0.02)
