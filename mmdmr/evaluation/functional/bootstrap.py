"""Paired bootstrap of the difference between two methods."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Difference:
    """Difference of two methods on the same queries.

    Args:
        mean (float): Mean over queries of first minus second.
        low (float): Lower end of the confidence interval of the mean.
        high (float): Upper end of the confidence interval of the mean.
        p_value (float): Two-sided p-value in (0, 1]: twice the share of
            resamples whose mean has the other sign, at least
            2 / (resamples + 1).

    Example:
        >>> Difference(0.1, low=0.05, high=0.15, p_value=0.001).is_clear
        True
        >>> Difference(0.1, low=-0.05, high=0.25, p_value=0.2).is_clear
        False
    """

    mean: float
    low: float
    high: float
    p_value: float

    @property
    def is_clear(self) -> bool:
        """bool: True if the interval does not hold 0."""
        return self.low > 0 or self.high < 0


def paired_bootstrap(
    first: np.ndarray,
    second: np.ndarray,
    confidence: float = 0.95,
    resamples: int = 9999,
    seed: int = 0,
) -> Difference:
    """Difference of two means, with its interval over resampled queries.

    Each resample draws m queries with replacement and compares both methods
    on the drawn queries. Queries differ far more than methods, so pairs stay
    together.
    Source: percentile bootstrap, Efron & Tibshirani, 1993.

    Args:
        first (np.ndarray): (m,) metric of one method, by query.
        second (np.ndarray): (m,) metric of the other method, same queries.
        confidence (float): Confidence of the interval, in (0, 1). Defaults to
            0.95.
        resamples (int): Number of resamples. Defaults to 9999.
        seed (int): Seed of the resamples. Defaults to 0.

    Returns:
        Difference: First minus second, with the percentile interval.

    Raises:
        ValueError: The arrays differ in shape, or hold fewer than 2 queries.

    Example:
        >>> import numpy as np
        >>> better = paired_bootstrap(np.full(20, 0.6), np.full(20, 0.5))
        >>> round(better.mean, 3), better.is_clear
        (0.1, True)
    """
    if first.shape != second.shape or first.ndim != 1 or len(first) < 2:
        raise ValueError(
            'both arrays must have one shape (m,), m at least 2, for the same '
            f'queries, but have {first.shape} and {second.shape}'
        )
    gaps = np.asarray(first, np.float64) - second
    if np.ptp(gaps) == 0:
        # Every resample has the same mean.
        mean = float(gaps[0])
        return Difference(
            mean, mean, mean, 1.0 if mean == 0 else 2 / (resamples + 1)
        )
    # scipy.stats takes most of the time in which a light tool starts.
    from scipy.stats import bootstrap

    result = bootstrap(
        (gaps,),
        np.mean,
        confidence_level=confidence,
        n_resamples=resamples,
        method='percentile',
        batch=256,
        random_state=np.random.default_rng(seed),
    )
    means = result.bootstrap_distribution
    # The mean itself is one more resample: no p-value is 0.
    tail = min((means <= 0).sum(), (means >= 0).sum()) + 1
    return Difference(
        float(gaps.mean()),
        float(result.confidence_interval.low),
        float(result.confidence_interval.high),
        float(min(1.0, 2 * tail / (resamples + 1))),
    )
