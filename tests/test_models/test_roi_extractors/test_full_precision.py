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


NAN, INF = float('nan'), float('inf')


@pytest.mark.parametrize(
    'box, is_region, is_legacy_region',
    [
        ([10, 20, 90, 130], True, True),
        ([10, 20, 10, 20], True, True),  # without area
        ([-50, -50, 500, 500], True, True),  # larger than the image
        ([500, 500, 540, 580], True, True),  # outside
        ([10, 20, 9, 130], False, True),  # MMDetection 1: without a pixel
        ([NAN, 20, 90, 130], False, False),
        ([10, NAN, NAN, NAN], False, False),
        ([10, 20, INF, 130], False, False),
        ([-INF, 20, INF, 130], False, False),
        ([10, 20, 90, -INF], False, False),
    ],
    ids=str,
)
@pytest.mark.parametrize('num_maps', [1, 3])
def test_a_region_that_is_none_gives_nan(
    box, is_region, is_legacy_region, num_maps
):
    """Of the regions, the one between two others; the others stay."""
    strides = [8, 16, 32][:num_maps]
    maps = [
        torch.rand(1, 4, 160 // s, 240 // s, generator=torch.manual_seed(s))
        for s in strides
    ]
    others = torch.tensor([[0, 10.0, 20, 90, 130], [0, 3, 4, 230, 150]])
    rois = torch.stack([others[0], torch.tensor([0.0, *box]), others[1]])
    for extractor, expected in (
        (FullPrecisionRoIExtractor, is_region),
        (LegacyRoIExtractor, is_legacy_region),
    ):
        pool = extractor(
            dict(type='RoIAlign', output_size=7, sampling_ratio=2), 4, strides
        )
        found = pool(maps, rois)
        assert torch.equal(found[::2], pool(maps, others))
        assert bool(found[1].isfinite().all()) == expected
        assert bool(found[1].isnan().all()) != expected


def test_pooled_gradients_stay_finite():
    """The region that is none gives no gradient to the map."""
    pool = FullPrecisionRoIExtractor(
        dict(type='RoIAlign', output_size=2, sampling_ratio=2), 1, [8]
    )
    maps = torch.ones(1, 1, 8, 8, requires_grad=True)
    rois = torch.tensor([[0, 0, 0, 30, 30.0], [0, NAN, 0, 30, 30]])
    pool([maps], rois)[0].sum().backward()
    assert maps.grad.isfinite().all() and maps.grad.any()
