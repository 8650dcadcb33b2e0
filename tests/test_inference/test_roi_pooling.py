"""Regions to maps against MMDetection's extractor."""

import numpy as np
import torch
from mmdet.models.roi_heads.roi_extractors import SingleRoIExtractor

from mmdmr.inference.bundle_description import RoiPooling
from mmdmr.inference.roi_pooling import roi_inputs, sort_rois

POOLING = RoiPooling(('map1', 'map2', 'map3'), 56.0)


def random_rois():
    """Regions of all sizes, some at the bounds between two maps."""
    rng = np.random.default_rng(0)
    starts = rng.random((300, 2)) * 100
    sides = np.exp(rng.uniform(0, 7, (300, 2)))
    sides[::10] = 56 * 2.0 ** rng.integers(0, 4, (30, 1))
    return np.concatenate([starts, starts + sides], axis=1).astype(np.float32)


def test_same_maps_as_mmdetection():
    rois = random_rois()
    extractor = SingleRoIExtractor(
        dict(type='RoIAlign', output_size=7, sampling_ratio=2), 8, [8, 16, 32]
    )
    with_image = torch.cat([torch.zeros(300, 1), torch.tensor(rois)], dim=1)
    levels = extractor.map_roi_levels(with_image, 3).numpy()
    assert set(levels) == {0, 1, 2}
    inputs = sort_rois(rois, 2, POOLING).inputs
    assert list(inputs) == roi_inputs(3)
    for level in range(3):
        np.testing.assert_array_equal(
            inputs[f'rois{level}'], rois[levels == level]
        )
        assert set(inputs[f'images{level}']) == {2}
        assert inputs[f'images{level}'].dtype == np.int64


def test_results_come_back_in_the_order_of_the_regions():
    rois = random_rois()
    by_level = sort_rois(rois, 0, POOLING)
    results = np.concatenate([by_level.inputs[f'rois{i}'] for i in range(3)])
    np.testing.assert_array_equal(results[by_level.places], rois)


def test_no_regions():
    inputs, places = sort_rois(np.empty((0, 4), np.float32), 0, POOLING)
    assert [len(array) for array in inputs.values()] == [0] * 6
    assert len(places) == 0


def test_a_region_without_an_area_goes_to_the_finest_map():
    rois = np.array([[9, 9, 9, 9]], np.float32)
    assert len(sort_rois(rois, 0, POOLING).inputs['rois0']) == 1
