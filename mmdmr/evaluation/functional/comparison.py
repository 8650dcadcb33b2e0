"""Is one method better than another, or was it luck?"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import bootstrap


@dataclass(frozen=True)
class Difference:
    """How much better one method is on the same queries.

    Args:
        mean (float): Mean of the differences, first minus second.
        low (float): Lower end of the confidence interval.
        high (float): Upper end.
        p_value (float): Two-sided: how often a resample has a mean of the
            other sign, twice; at least 2 / (resamples + 1).
    """

    mean: float
    low: float
    high: float
    p_value: float

    @property
    def is_clear(self) -> bool:
        """bool: The interval does not hold 0."""
        return self.low > 0 or self.high < 0


def paired_bootstrap(
    first: np.ndarray,
    second: np.ndarray,
    confidence: float = 0.95,
    resamples: int = 9999,
    seed: int = 0,
) -> Difference:
    """Resample queries to see how far a difference of means may be luck.

    Args:
        first (np.ndarray): (m,) figures of one method, by query.
        second (np.ndarray): (m,) those of the other, of the same queries.
        confidence (float): Of the interval. Defaults to 0.95.
        resamples (int): Number of resamples. Defaults to 9999.
        seed (int): Seed. Defaults to 0.

    Returns:
        Difference: First minus second, with the percentile interval.

    Raises:
        ValueError: The numbers of queries differ, or there are fewer than 2.

    Example:
        >>> import numpy as np
        >>> better = paired_bootstrap(np.full(20, 0.6), np.full(20, 0.5))
        >>> round(better.mean, 3), better.is_clear
        (0.1, True)
    """
    if first.shape != second.shape or first.ndim != 1 or len(first) < 2:
        raise ValueError(
            f'there must be two figures or more for the same queries, not '
            f'{first.shape} and {second.shape}'
        )
    gaps = np.asarray(first, np.float64) - second
    if np.ptp(gaps) == 0:
        # Every resample has the same mean.
        mean = float(gaps[0])
        return Difference(
            mean, mean, mean, 1.0 if mean == 0 else 2 / (resamples + 1)
        )
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
    tail = min((means <= 0).sum(), (means >= 0).sum()) + 1
    return Difference(
        float(gaps.mean()),
        float(result.confidence_interval.low),
        float(result.confidence_interval.high),
        float(min(1.0, 2 * tail / (resamples + 1))),
    )
