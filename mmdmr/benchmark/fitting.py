"""Formulas for measured costs, by least squares."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import nnls


class Formula(NamedTuple):
    """A sum of terms that explains measured costs.

    Args:
        coefficients (np.ndarray): (k,) factors of the terms, 0 or more.
        median_error (float): Median of the relative errors.
        greatest_error (float): Greatest relative error.
    """

    coefficients: np.ndarray
    median_error: float
    greatest_error: float


def fit(terms: np.ndarray, costs: np.ndarray) -> Formula:
    """Find the formula with the least relative errors, squared and summed.

    Costs differ by orders of magnitude: absolute errors would be the errors
    of the largest case alone. No coefficient is negative.

    Args:
        terms (np.ndarray): (n, k) terms of the formula in n cases.
        costs (np.ndarray): (n,) measured costs, above 0.

    Returns:
        Formula: The coefficients and their errors.

    Example:
        >>> terms = np.array([[1., 1.], [1., 10.], [1., 100.]])
        >>> fit(terms, np.array([5., 32., 302.])).coefficients.round(6)
        array([2., 3.])
    """
    rows = terms / costs[:, None]
    # Columns of the same length: the solver then stops where it should.
    lengths = np.linalg.norm(rows, axis=0)
    lengths[lengths == 0] = 1
    values = nnls(rows / lengths, np.ones(len(rows)))[0] / lengths
    errors = np.abs(rows @ values - 1)
    return Formula(values, float(np.median(errors)), float(errors.max()))
