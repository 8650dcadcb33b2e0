"""Regions are pooled in full precision."""

import pytest
import torch

from mmdmr.models import FullPrecisionRoIExtractor, LegacyRoIExtractor


@pytest.mark.parametrize(
    'extractor', [FullPrecisionRoIExtractor, LegacyRoIExtractor]
)
@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_regions_keep_their_place_in_half_precision(extractor, dtype):
    """At 1500 pixels half precision knows whole, or every eighth, pixels."""
    pool = extractor(
        dict(type='RoIAlign', output_size=7, sampling_ratio=2), 4, [8, 16, 32]
    )
    maps = [
        torch.randn(1, 4, 900 // s, 1504 // s, generator=torch.manual_seed(s))
        for s in (8, 16, 32)
    ]
    half = [x.to(dtype) for x in maps]
    rois = torch.tensor([[0, 1400.4, 200.3, 1459.7, 340.6]])
    exact = pool([x.to(dtype).float() for x in maps], rois)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        found = pool(half, rois)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, exact)
    # what it would be, were the corners rounded
    rounded = pool([x.float() for x in half], rois.to(dtype).float())
    assert (rounded - exact).abs().max() > 0.01


@pytest.mark.parametrize(
    'extractor', [FullPrecisionRoIExtractor, LegacyRoIExtractor]
)
def test_channels_may_come_last_in_memory(extractor):
    pool = extractor(
        dict(type='RoIAlign', output_size=7, sampling_ratio=2), 8, [8]
    )
    maps = torch.rand(1, 8, 20, 30, generator=torch.manual_seed(0))
    rois = torch.tensor([[0, 10.0, 20, 90, 130]])
    last = maps.to(memory_format=torch.channels_last)
    assert torch.equal(pool([last], rois), pool([maps], rois))


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_a_network_all_in_half_precision_stays_so(dtype):
    """Layers behind, of the same precision, take what comes."""
    pool = FullPrecisionRoIExtractor(
        dict(type='RoIAlign', output_size=2, sampling_ratio=2), 1, [8]
    )
    maps = [torch.rand(1, 1, 8, 8).to(dtype)]
    rois = torch.tensor([[0, 0, 0, 30, 30.0]])
    found = pool(maps, rois)
    assert found.dtype == dtype
    torch.testing.assert_close(found, pool([maps[0].float()], rois).to(dtype))


def test_double_precision_stays():
    pool = FullPrecisionRoIExtractor(
        dict(type='RoIAlign', output_size=2, sampling_ratio=2), 1, [8]
    )
    maps = [torch.ones(1, 1, 8, 8, dtype=torch.float64)]
    rois = torch.tensor([[0, 0, 0, 30, 30.0]])
    assert pool(maps, rois).dtype == torch.float64
