"""Average precision of a ranking."""

import numpy as np


def average_precision(
    true_scores: np.ndarray, sorted_scores: np.ndarray
) -> float:
    """Step-wise average precision; equal scores are one step.

    Mean over the true entries of the precision at their score. Equal to
    scikit-learn's ``average_precision_score``.

    Args:
        true_scores (np.ndarray): (p,) scores of the true entries.
        sorted_scores (np.ndarray): (n,) scores of all entries, true entries
            included, rising.

    Returns:
        float: Average precision in [0, 1]; 0 without a true entry.

    Example:
        >>> import numpy as np
        >>> average_precision(np.array([0.9, 0.5]), np.array([0.5, 0.5, 0.9]))
        0.8333333333333333
    """
    all_at_least = len(sorted_scores) - np.searchsorted(
        sorted_scores, true_scores, side='left'
    )
    return mean_precision(all_at_least)


def mean_precision(at_least: np.ndarray) -> float:
    """Average precision from the ranks of the true entries.

    Args:
        at_least (np.ndarray): (p,) per true entry the number of entries that
            score at least as much, the true entry included.

    Returns:
        float: Average precision in [0, 1]; 0 without a true entry.

    Example:
        >>> import numpy as np
        >>> mean_precision(np.array([1, 3]))
        0.8333333333333333
    """
    if not len(at_least):
        return 0.0
    # Precision at a true entry: share of true entries among the entries that
    # score at least as much.
    true_at_least = np.searchsorted(np.sort(at_least), at_least, side='right')
    return float(np.mean(true_at_least / at_least))
