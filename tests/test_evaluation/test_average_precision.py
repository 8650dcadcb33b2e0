"""Average precision, against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from mmdmr.evaluation.functional.average_precision import average_precision


@pytest.mark.parametrize('seed', range(20))
def test_average_precision_equals_sklearn(seed):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 8, 30) / 8
    labels = rng.random(30) < 0.3
    labels[0] = True
    assert average_precision(scores[labels], np.sort(scores)) == pytest.approx(
        average_precision_score(labels, scores), abs=1e-15
    )
