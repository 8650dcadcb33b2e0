"""Formulas found again from the costs that they give."""

import numpy as np
import pytest

from mmdmr.benchmark.fitting import fit

TERMS = np.array([[1.0, s, s * n] for s in (1, 1e2, 1e5) for n in (1, 40)])
RIGHT = np.array([1e-3, 2e-6, 3e-8])


def test_an_exact_formula_is_found():
    found = fit(TERMS, TERMS @ RIGHT)
    assert found.coefficients == pytest.approx(RIGHT)
    assert found.greatest_error < 1e-6


def test_errors_are_relative():
    """An error of a tenth in the largest cost stays one of a tenth."""
    costs = TERMS @ RIGHT
    costs[-1] *= 1.1
    found = fit(TERMS, costs)
    assert found.median_error <= found.greatest_error < 0.1
    assert found.coefficients[0] == pytest.approx(RIGHT[0], rel=0.05)


def test_no_coefficient_is_negative():
    """These costs fall with the second term; the third one is always 0."""
    terms = np.array([[1.0, 0, 0], [1, 10, 0]])
    found = fit(terms, np.array([5.0, 4]))
    assert found.coefficients[1:].tolist() == [0, 0]
    assert 4 < found.coefficients[0] < 5
