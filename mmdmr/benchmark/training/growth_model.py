"""A formula for the cost of the re-ID part of a step."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mmdmr.benchmark.fitting import fit


class Growth(NamedTuple):
    r"""Cost as a function of the keys s and of the batch's persons n.

    .. math:: a + b s + c n + d s n

    Args:
        constant (float): a, the cost of a step without persons.
        per_key (float): b, for each key that the batch is compared with.
        per_person (float): c, for each person of the batch.
        per_pair (float): d, for each pair of a person and a key.
        median_error (float): Median of the relative errors.
        greatest_error (float): Greatest relative error.

    Example:
        >>> Growth(1.0, 0.5, 0.25, 0.125, 0, 0).predict(2, 4)
        4.0
    """

    constant: float
    per_key: float
    per_person: float
    per_pair: float
    median_error: float
    greatest_error: float

    def predict(self, num_keys: int, persons: int) -> float:
        """Cost by the formula.

        Args:
            num_keys (int): Keys that the batch is compared with.
            persons (int): Persons in the batch.

        Returns:
            float: Cost in the unit that was fitted.
        """
        return float(_terms([num_keys], [persons])[0] @ self[:4])


def fit_growth(
    num_keys: Sequence[int],
    persons: Sequence[int],
    costs: Sequence[float],
) -> Growth:
    """Find the formula, by :func:`~mmdmr.benchmark.fitting.fit`.

    Args:
        num_keys (Sequence[int]): Keys that the batch is compared with, in each
            measurement.
        persons (Sequence[int]): Persons in the batch in each measurement.
        costs (Sequence[float]): Cost of each measurement, above 0.

    Returns:
        Growth: The formula.

    Example:
        >>> found = fit_growth([0, 8, 0, 8], [1, 1, 3, 3], [3, 3.5, 7, 8.5])
        >>> [round(value, 6) for value in found[:4]]
        [1.0, 0.0, 2.0, 0.0625]
    """
    formula = fit(_terms(num_keys, persons), np.asarray(costs, float))
    constant, per_key, per_person, per_pair = map(float, formula.coefficients)
    return Growth(constant, per_key, per_person, per_pair, *formula[1:])


def _terms(num_keys: Sequence[int], persons: Sequence[int]) -> np.ndarray:
    """Terms of the formula, (k, 4)."""
    s, n = np.asarray(num_keys, float), np.asarray(persons, float)
    return np.stack([np.ones_like(s), s, n, s * n], axis=1)
