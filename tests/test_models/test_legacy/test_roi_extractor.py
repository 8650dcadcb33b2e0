"""Regions of the authors' weights, against plain loops."""

import numpy as np
import pytest
import torch
from authors_configs import DETECTORS, config
from legacy_pooling import legacy_level, legacy_roi_align
from mmengine.registry import MODELS

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
