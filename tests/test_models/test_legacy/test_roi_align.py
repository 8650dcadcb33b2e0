"""RoIAlign of MMDetection 1, against plain loops."""

import numpy as np
import pytest
import torch
from legacy_pooling import legacy_roi_align

from mmdmr.models.legacy import LegacyRoIAlign
from mmdmr.models.legacy.roi_align import exclusive_ends


@pytest.mark.parametrize('stride', [4, 8])
@pytest.mark.parametrize(
    'box', [(10.3, 20.7, 40.1, 60.2), (8, 8, 8, 8), (-9, 50, 20, 70)]
)
def test_pools_as_mmcv_0_2(box, stride):
    generator = torch.Generator().manual_seed(0)
    plane = torch.rand(20, 16, generator=generator, dtype=torch.double)
    pool = LegacyRoIAlign(7, spatial_scale=1 / stride, sampling_ratio=2)
    rois = torch.tensor([[0, *box]], dtype=torch.double)
    (pooled,) = pool(plane[None, None], rois)
    np.testing.assert_allclose(
        pooled[0], legacy_roi_align(plane.numpy(), box, stride), atol=1e-12
    )


def test_no_region_ends_before_it_starts():
    rois = torch.tensor([[1.0, 10, 20, 30, 40], [0, 10, 20, 5, 19.5]])
    assert exclusive_ends(rois).tolist() == [
        [1, 10, 20, 31, 41],
        [0, 10, 20, 10, 20.5],
    ]
