"""Boxes of the authors' weights, by numbers worked out by hand."""

import math

import torch
from authors_configs import config
from mmdet.registry import MODELS as DETECTOR_MODELS
from mmdet.structures.bbox import HorizontalBoxes

from mmdmr.models import InclusiveDeltaXYWHBBoxCoder

#: Delta of the anchor -12, -12, 19, 19 (32 x 32 around 3.5) and the box.
CODES = [
    ([0.0, 0.0, 0.0, 0.0], [-12, -12, 19, 19]),
    # around 11.5 and -0.5, 64 x 32
    ([0.25, -0.125, math.log(2), 0.0], [-20, -16, 43, 15]),
    # a single pixel
    ([0.0, 0.0, -math.log(32), -math.log(32)], [3.5, 3.5, 3.5, 3.5]),
]


def test_boxes_are_decoded_with_their_last_pixel():
    coder = InclusiveDeltaXYWHBBoxCoder()
    anchors = torch.tensor([[-12.0, -12, 19, 19]]).repeat(len(CODES), 1)
    deltas = torch.tensor([delta for delta, _ in CODES])
    boxes = torch.tensor([box for _, box in CODES], dtype=torch.float)
    close = dict(rtol=0, atol=1e-4)
    torch.testing.assert_close(coder.decode(anchors, deltas), boxes, **close)
    torch.testing.assert_close(coder.encode(anchors, boxes), deltas, **close)
    # a column of boxes for each class
    both = coder.decode(anchors, torch.cat([deltas, 0 * deltas], dim=1))
    torch.testing.assert_close(
        both, torch.cat([boxes, anchors], dim=1), **close
    )


def test_boxes_are_clipped_to_the_pixels_of_the_image():
    coder = InclusiveDeltaXYWHBBoxCoder(use_box_type=True)
    anchors = HorizontalBoxes(torch.tensor([[-12.0, -12, 19, 19]]))
    deltas = torch.tensor([CODES[1][0]])
    boxes = coder.decode(anchors, deltas, max_shape=(12, 40))
    assert isinstance(boxes, HorizontalBoxes)
    assert boxes.tensor.tolist() == [[0, 0, 39, 11]]
    # after half a pixel is taken away, not before: the right side is at 43
    boxes = coder.decode(anchors, deltas, max_shape=(12, 44))
    torch.testing.assert_close(
        boxes.tensor, torch.tensor([[0.0, 0, 43, 11]]), rtol=0, atol=1e-4
    )


def test_sizes_beyond_the_clip_ratio_are_cut():
    box = InclusiveDeltaXYWHBBoxCoder().decode(
        torch.tensor([[-12.0, -12, 19, 19]]),
        torch.tensor([[0.0, 0, 9, -9]]),
    )
    # 32 * 1000 / 16 = 2000 and 32 * 16 / 1000 = 0.512
    torch.testing.assert_close(
        box, torch.tensor([[-996, 3.744, 1003, 3.256]]), rtol=0, atol=1e-3
    )


def test_anchors_of_retinanet():
    """Around 0.5 (8 - 1), sizes 32 with ratio 1 / 2 and 1, rounded."""
    head = DETECTOR_MODELS.build(config('retinanet').bbox_head)
    first = head.prior_generator.base_anchors[0]
    assert first.shape == (9, 4)
    assert first[0].tolist() == [-19, -7, 26, 14]
    assert first[3].tolist() == [-12, -12, 19, 19]
    assert type(head.bbox_coder) is InclusiveDeltaXYWHBBoxCoder
