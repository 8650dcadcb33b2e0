"""Graphs against the modules that they are made of."""

import numpy as np
import pytest
import torch
from mmdet.models.roi_heads import StandardRoIHead
from mmdet.models.roi_heads.roi_extractors import SingleRoIExtractor
from mmengine.registry import init_default_scope

from mmdmr.errors import InputError
from mmdmr.export.graphs import write_embedding, write_rois
from mmdmr.inference.bundle_description import RoiPooling
from mmdmr.inference.roi_pooling import roi_inputs, sort_rois
from mmdmr.inference.sessions import Graph
from mmdmr.models import DMRHead

POOLING = RoiPooling(('map0', 'map1'), 56.0)


def random_maps(channels, seed=0):
    """Maps of strides 4 and 8 of two images of 160 x 128 pixels."""
    generator = torch.Generator().manual_seed(seed)
    return [
        torch.randn(2, channels, 128 // s, 160 // s, generator=generator)
        for s in (4, 8)
    ]


def random_rois(num):
    """Regions of all sizes, some over the edges of the image."""
    rng = np.random.default_rng(0)
    starts = rng.random((num, 2)) * 150 - 20
    sides = np.exp(rng.uniform(0, 5.2, (num, 2)))
    return np.concatenate([starts, starts + sides], 1).astype(np.float32)


def run(path, outputs, maps, rois, image):
    graph = Graph(str(path), ['map0', 'map1', *roi_inputs(2)], outputs)
    named = {name: x.numpy() for name, x in zip(POOLING.maps, maps)}
    by_level = sort_rois(rois, image, POOLING)
    results = graph.run({**named, **by_level.inputs})
    return [result[by_level.places] for result in results]


def with_image(rois, image):
    images = np.full((len(rois), 1), image, np.float32)
    return torch.tensor(np.concatenate([images, rois], axis=1))


@pytest.mark.parametrize('num', [40, 1, 0])
def test_embeddings(tmp_path, num):
    torch.manual_seed(0)
    head = DMRHead(
        in_channels=4,
        out_channels=8,
        in_strides=[4, 8],
        featmap_strides=[4, 8],
    ).eval()
    write_embedding(tmp_path / 'e.onnx', head, POOLING)
    maps, rois = random_maps(4), random_rois(num)
    with torch.no_grad():
        expected = head(maps, with_image(rois, 1)).numpy()
    (feats,) = run(tmp_path / 'e.onnx', ['embeddings'], maps, rois, 1)
    assert feats.shape == (num, 8)
    np.testing.assert_allclose(feats, expected, atol=1e-5)


@pytest.mark.parametrize('sampling_ratio', [0, 2])
def test_second_stage(tmp_path, sampling_ratio):
    torch.manual_seed(0)
    init_default_scope('mmdet')
    head = StandardRoIHead(
        bbox_roi_extractor=dict(
            type='SingleRoIExtractor',
            roi_layer=dict(
                type='RoIAlign',
                output_size=7,
                sampling_ratio=sampling_ratio,
            ),
            out_channels=4,
            featmap_strides=[4, 8],
        ),
        bbox_head=dict(
            type='Shared2FCBBoxHead',
            in_channels=4,
            fc_out_channels=16,
            num_classes=2,
        ),
    ).eval()
    write_rois(tmp_path / 'r.onnx', head, POOLING)
    maps, rois = random_maps(4), random_rois(50)
    with torch.no_grad():
        results = head._bbox_forward(maps, with_image(rois, 0))
    scores, boxes = run(
        tmp_path / 'r.onnx', ['scores', 'boxes'], maps, rois, 0
    )
    np.testing.assert_allclose(scores, results['cls_score'], atol=1e-5)
    np.testing.assert_allclose(boxes, results['bbox_pred'], atol=1e-5)


@pytest.mark.parametrize('layer', [dict(aligned=False), dict(pool_mode='max')])
def test_other_pooling_is_refused(tmp_path, layer):
    head = DMRHead(4, [4, 8], featmap_strides=[4, 8], out_channels=8)
    head.roi_extractor = SingleRoIExtractor(
        dict(type='RoIAlign', output_size=7, sampling_ratio=2, **layer),
        4,
        [4, 8],
    )
    with pytest.raises(InputError, match='is not RoIAlign with pool_mode'):
        write_embedding(tmp_path / 'e.onnx', head, POOLING)
