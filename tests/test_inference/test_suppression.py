"""Non-maximum suppression against MMCV's."""

import numpy as np
import pytest
import torch
from mmcv.ops import batched_nms, nms

from mmdmr.inference.suppression import apart, suppress


def random_boxes(num, seed=0, side=200):
    rng = np.random.default_rng(seed)
    centres, sides = rng.random((num, 2)) * 500, rng.random((num, 2)) * side
    boxes = np.concatenate([centres - sides / 2, centres + sides / 2], axis=1)
    scores = rng.permutation(num) / max(num, 1)
    return boxes.clip(0, 500).astype(np.float32), scores.astype(np.float32)


@pytest.mark.parametrize('num', [0, 1, 100, 256, 257, 1000])
@pytest.mark.parametrize('thr', [0.0, 0.5, 0.9])
def test_same_as_mmcv(num, thr):
    """Numbers around the size of a block included."""
    boxes, scores = random_boxes(num)
    _, expected = nms(torch.tensor(boxes), torch.tensor(scores), thr)
    kept = suppress(boxes, scores, thr)
    np.testing.assert_array_equal(kept, expected)
    for limit in (0, 3, num):
        np.testing.assert_array_equal(
            suppress(boxes, scores, thr, limit), kept[:limit]
        )


def test_groups_are_apart_as_in_mmcv():
    boxes, scores = random_boxes(500)
    groups = np.random.default_rng(1).integers(0, 4, 500)
    _, expected = batched_nms(
        *map(torch.tensor, (boxes, scores, groups)),
        dict(type='nms', iou_threshold=0.3),
    )
    kept = suppress(apart(boxes, groups), scores, 0.3)
    np.testing.assert_array_equal(kept, expected)
    assert len(kept) > len(suppress(boxes, scores, 0.3))
    assert apart(boxes[:0], groups[:0]).shape == (0, 4)


def test_boxes_without_an_area_hide_nothing():
    boxes = np.array([[5.0, 5, 5, 5], [5, 5, 5, 5], [0, 0, 9, 9]])
    scores = np.array([0.9, 0.8, 0.7])
    assert suppress(boxes, scores, 0.1).tolist() == [0, 1, 2]


def test_the_first_of_equal_scores_is_kept():
    boxes = np.array([[0.0, 0, 9, 9]] * 3)
    assert suppress(boxes, np.ones(3), 0.5).tolist() == [0]
