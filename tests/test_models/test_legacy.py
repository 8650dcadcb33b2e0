"""What the authors' weights expect, against plain restatements of it."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from mmdet.registry import MODELS as DETECTOR_MODELS
from mmdet.structures import DetDataSample
from mmdet.structures.bbox import HorizontalBoxes, get_box_tensor
from mmengine.config import Config
from mmengine.registry import DATASETS, MODELS, init_default_scope
from mmengine.structures import InstanceData

from mmdmr.models import InclusiveDeltaXYWHBBoxCoder

CONFIGS = Path(__file__).parents[2] / 'configs/dmrnet'
DETECTORS = ['reppoints', 'retinanet']


def config(detector):
    init_default_scope('mmdet')
    cfg = Config.fromfile(
        CONFIGS / f'dmrnet_{detector}_r50_fpn-gn_authors_cuhk-sysu.py'
    )
    cfg.model.backbone.init_cfg = None
    return cfg.model


def interpolate(plane, y, x):
    """Bilinear value of a map; cells have their centres at integers."""
    height, width = plane.shape
    if y < -1 or y > height or x < -1 or x > width:
        return 0.0
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
    top, left = int(y), int(x)
    bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
    dy, dx = y - top, x - left
    return (
        plane[top, left] * (1 - dy) * (1 - dx)
        + plane[top, right] * (1 - dy) * dx
        + plane[bottom, left] * dy * (1 - dx)
        + plane[bottom, right] * dy * dx
    )


def legacy_roi_align(plane, box, stride, side=7, samples=2):
    """One channel of one region, as mmcv 0.2.14 had it."""
    x1, y1, x2, y2 = box
    x_start, y_start = x1 / stride, y1 / stride
    bin_w = max((x2 + 1) / stride - x_start, 0) / side
    bin_h = max((y2 + 1) / stride - y_start, 0) / side
    out = np.zeros((side, side))
    for row in range(side):
        for column in range(side):
            for i in range(samples):
                for j in range(samples):
                    y = y_start + (row + (i + 0.5) / samples) * bin_h
                    x = x_start + (column + (j + 0.5) / samples) * bin_w
                    out[row, column] += interpolate(plane, y, x)
    return out / samples**2


def legacy_level(box, finest=56, num_levels=3):
    """Index of a region's map, by the size with its last pixel."""
    x1, y1, x2, y2 = box
    area = max(x2 - x1 + 1, 0) * max(y2 - y1 + 1, 0)
    level = math.floor(math.log2(math.sqrt(area) / finest + 1e-6))
    return min(max(level, 0), num_levels - 1)


#: Image, x1, y1, x2, y2 in an image of 384 x 320, and the map's stride.
REGIONS = [
    (0, 10.3, 20.7, 40.1, 90.2, 8),
    (1, 30.0, 40.0, 160.0, 200.0, 16),
    (0, 5.0, 10.0, 300.5, 310.25, 32),
    # between two maps: the last pixel decides
    (1, 20.0, 20.0, 131.6, 131.6, 16),
    (0, 20.0, 20.0, 130.9, 130.9, 8),
    (0, 60.0, 50.0, 283.5, 273.5, 32),
    # under one cell, a single pixel, nothing at all
    (0, 50.2, 60.4, 53.0, 62.0, 8),
    (1, 100.0, 100.0, 100.0, 100.0, 8),
    (0, 379.0, 5.0, 380.5, 319.0, 8),
    (1, 100.0, 50.0, 98.0, 60.0, 8),
    # at the borders and beyond
    (1, 0.0, 0.0, 383.0, 319.0, 32),
    (0, -20.0, -30.0, 15.0, 12.0, 8),
    (1, 365.0, 300.0, 400.0, 345.0, 8),
    # once for the map of stride 64
    (0, -100.0, -300.0, 700.0, 700.0, 32),
]


@pytest.mark.parametrize(
    'dtype, tolerance', [('double', 1e-9), ('float', 1e-4)]
)
@pytest.mark.parametrize('detector', DETECTORS)
def test_regions_are_pooled_as_by_mmcv_0_2(detector, dtype, tolerance):
    cfg = config(detector).reid_head
    head = MODELS.build({**cfg, 'in_channels': 2, 'out_channels': 4})
    generator = torch.Generator().manual_seed(0)
    maps = [
        torch.randn(
            2, 2, 320 // s, 384 // s, generator=generator, dtype=torch.double
        )
        for s in cfg.in_strides[:3]
    ]
    dtype = getattr(torch, dtype)
    rois = torch.tensor(REGIONS, dtype=dtype)[:, :5]
    pooled = head.roi_extractor([m.to(dtype) for m in maps], rois)
    for (image, *box, stride), ours in zip(REGIONS, pooled):
        level = legacy_level(box)
        assert cfg.in_strides[level] == stride
        for channel in range(2):
            plane = maps[level][image, channel].numpy()
            theirs = legacy_roi_align(plane, box, stride)
            np.testing.assert_allclose(
                ours[channel], theirs, rtol=0, atol=tolerance
            )
    assert torch.equal(rois, torch.tensor(REGIONS, dtype=dtype)[:, :5])


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


@pytest.mark.parametrize('detector', DETECTORS)
def test_suppression_counts_the_last_pixel_and_keeps_small_boxes(detector):
    cfg = config(detector)
    head = DETECTOR_MODELS.build(cfg.bbox_head)
    candidates = InstanceData(
        # overlap of the first two: 52 of 100, or 37.8 of 81
        bboxes=torch.tensor(
            [[0.0, 0, 9, 9], [0, 0, 9, 4.2], [50, 50, 50, 50]]
        ),
        scores=torch.tensor([0.9, 0.8, 0.7]),
        labels=torch.zeros(3, dtype=torch.long),
    )
    kept = head._bbox_post_process(
        candidates, cfg.test_cfg, rescale=False, with_nms=True, img_meta={}
    )
    assert kept.scores.tolist() == pytest.approx([0.9, 0.7])


@pytest.mark.parametrize('detector', DETECTORS)
def test_search_with_these_conventions(detector):
    cfg = config(detector)
    cfg.key_encoder = None
    cfg.test_cfg.update(score_thr=0.0, max_per_img=7)
    model = MODELS.build(cfg).eval()
    size = (96, 128)
    sample = DetDataSample(
        metainfo=dict(
            img_shape=size,
            ori_shape=size,
            batch_input_shape=size,
            scale_factor=(1.0, 1.0),
        )
    )
    sample.query_instances = InstanceData(
        bboxes=torch.tensor([[5.0, 6, 30, 60]])
    )
    with torch.no_grad():
        (result,) = model.predict(torch.randn(1, 3, *size), [sample])
    assert result.pred_instances.reid_feats.shape == (7, 2048)
    assert result.query_instances.reid_feats.norm(dim=1).item() == (
        pytest.approx(1)
    )


@pytest.mark.parametrize('data', ['CUHK-SYSU', 'PRW'])
@pytest.mark.parametrize('detector', DETECTORS)
def test_boxes_that_are_embedded_end_at_their_last_pixel(
    detector, data, small_data
):
    """A pixel of the original image; the extractor adds one of its own."""
    init_default_scope('mmdet')
    ours, theirs = (
        Config.fromfile(
            CONFIGS / f'dmrnet_{detector}_r50_fpn-gn_{kind}_{data.lower()}.py'
        ).test_dataloader.dataset
        for kind in ('1x', 'authors')
    )
    queries = 0
    for dataset in (ours, theirs):
        dataset.data_root = str(small_data / data)
    ours, theirs = map(DATASETS.build, (ours, theirs))
    for now, then in zip(ours, theirs, strict=True):
        now, then = now['data_samples'], then['data_samples']
        assert now.scale_factor == then.scale_factor != (1, 1)
        for name in ('gt_instances', 'query_instances'):
            if name in now:
                gap = get_box_tensor(now.get(name).bboxes) - get_box_tensor(
                    then.get(name).bboxes
                )
                torch.testing.assert_close(
                    gap, torch.tensor([0.0, 0, 1, 1]).expand_as(gap)
                )
        queries += len(now.get('query_instances', []))
    assert queries
