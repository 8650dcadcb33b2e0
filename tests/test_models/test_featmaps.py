"""Shapes of feature maps, worked out without numbers."""

import copy

import pytest
import torch
from torch import nn

from mmdmr.models.featmaps import featmap_shapes


def test_the_shapes_of_maps_cost_no_randomness(model):
    state = torch.get_rng_state()
    before = copy.deepcopy(model.state_dict())
    assert featmap_shapes(model.backbone, model.neck) == [
        (64, stride) for stride in (4, 8, 16, 32, 64)
    ]
    assert torch.equal(torch.get_rng_state(), state)
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_the_shapes_of_maps_of_unknown_layers():
    class Odd(nn.Module):
        def forward(self, x):
            return x.numpy()

    assert featmap_shapes(Odd(), nn.Identity()) is None


@pytest.mark.parametrize(
    'norm', [nn.BatchNorm2d, nn.InstanceNorm2d, lambda n: nn.GroupNorm(2, n)]
)
def test_norms_are_as_before(norm):
    layers = nn.Sequential(nn.Conv2d(3, 4, 3, stride=4, padding=1), norm(4))
    named = dict(layers.named_modules())
    owned = nn.Identity()
    owned.forward = own = lambda x: [x]
    image = torch.rand(2, 3, 32, 32)
    before = layers(image)
    assert featmap_shapes(layers, owned) == [(4, 4)]
    assert torch.equal(layers(image), before)
    assert all('forward' not in vars(module) for module in named.values())
    assert owned.forward is own
