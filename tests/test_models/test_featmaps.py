"""Shapes of feature maps, worked out without numbers."""

import copy

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
