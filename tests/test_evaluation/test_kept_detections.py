"""Ground truth as detections."""

import numpy as np
import pytest
from search_reference import random_scene

from mmdmr.evaluation.functional import gt_as_detections, score_detection


def test_ground_truth_as_detections():
    *_, ground_truth = random_scene(3)
    total = sum(map(len, ground_truth.boxes))
    detections = gt_as_detections(ground_truth, np.ones((total, 2)))
    assert score_detection(detections, ground_truth) == dict(
        recall=1.0, ap=1.0
    )
    with pytest.raises(ValueError, match=f'1 embeddings for {total}'):
        gt_as_detections(ground_truth, np.ones((1, 2)))
