"""Average precision of a ranking."""

import numpy as np


def average_precision(
    true_scores: np.ndarray, sorted_scores: np.ndarray
) -> float:
    """Step-wise average precision, equal scores being one step.

    The mean over the true entries of the precision at their score; equal to
    scikit-learn's ``average_precision_score``.

    Args:
        true_scores (np.ndarray): (p,) scores of the true entries.
        sorted_scores (np.ndarray): (n,) scores of all entries, the true ones
            among them, rising.

    Returns:
        float: In [0, 1]; 0 if there is no true entry.

    Example:
        >>> import numpy as np
        >>> average_precision(np.array([0.9, 0.5]), np.array([0.5, 0.5, 0.9]))
        0.8333333333333333
    """
    if not len(true_scores):
        return 0.0
    true_at_least = len(true_scores) - np.searchsorted(
        np.sort(true_scores), true_scores, side='left'
    )
    all_at_least = len(sorted_scores) - np.searchsorted(
        sorted_scores, true_scores, side='left'
    )
    return float(np.mean(true_at_least / all_at_least))
