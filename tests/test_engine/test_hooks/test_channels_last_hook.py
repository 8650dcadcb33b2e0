"""The network is stored channels-last, unless an operator forbids it."""

from types import SimpleNamespace

import pytest
import torch
from mmcv.ops import DeformConv2d
from mmdet.models.roi_heads.roi_extractors import SingleRoIExtractor
from torch import nn

from mmdmr.engine.hooks import ChannelsLastHook
from mmdmr.errors import InputError
from mmdmr.models import FullPrecisionRoIExtractor

ROI_LAYER = dict(type='RoIAlign', output_size=2, sampling_ratio=2)


def network(**parts):
    return nn.ModuleDict(
        dict(backbone=nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3)))
        | parts
    )


def run_hook(model):
    ChannelsLastHook().before_run(SimpleNamespace(model=model))


def test_maps_are_channels_last_and_values_stay():
    model = network(pool=FullPrecisionRoIExtractor(ROI_LAYER, 4, [1]))
    images = torch.rand(2, 3, 9, 9, generator=torch.manual_seed(0))
    weights = model.state_dict()['backbone.1.weight'].clone()
    before = model.backbone(images)
    run_hook(model)
    after = model.backbone(images)
    assert not after.is_contiguous()
    assert after.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(after, before)
    assert torch.equal(model.state_dict()['backbone.1.weight'], weights)
    rois = torch.tensor([[1, 1, 1, 4, 4.0]])
    torch.testing.assert_close(
        model.pool([after], rois), model.pool([before], rois)
    )


@pytest.mark.parametrize(
    'part, message',
    [
        (
            nn.Sequential(DeformConv2d(4, 4, 3)),
            'part.0 of the model is a DeformConv2d',
        ),
        (SingleRoIExtractor(ROI_LAYER, 4, [1]), 'is a RoIAlign'),
    ],
    ids=['deformable', 'stock'],
)
def test_operators_of_mmcv_are_refused(part, message):
    model = network(part=part)
    with pytest.raises(InputError, match=message):
        run_hook(model)
    assert model.backbone[1].weight.is_contiguous()
