"""Channels and strides of feature maps, computed from a detector's parts."""

from typing import NamedTuple

import torch
from torch import nn
from torch.func import functional_call

#: Side in pixels of the image that shapes are worked out with.
_SIDE = 512


class FeatmapShape(NamedTuple):
    """Shape of a feature map, without its size, which the image determines.

    Args:
        channels (int): Number of channels.
        stride (int): Pixels of the network's input to a cell.

    Example:
        >>> FeatmapShape(channels=256, stride=8)
        FeatmapShape(channels=256, stride=8)
    """

    channels: int
    stride: int


def featmap_shapes(
    backbone: nn.Module, neck: nn.Module
) -> list[FeatmapShape] | None:
    """Work out the shapes by a pass without numbers.

    Weights and image are on PyTorch's ``meta`` device, which computes shapes
    alone. The pass takes neither time nor memory and leaves the network and
    the random numbers as they are.

    Args:
        backbone (nn.Module): Backbone, which takes images of three channels.
        neck (nn.Module): Neck, which takes the output of the backbone.

    Returns:
        list[FeatmapShape] | None: Shapes in the order of the maps; None if a
        layer has no meta version, as compiled operators.

    Example:
        >>> from torch import nn
        >>> backbone = nn.Conv2d(3, 16, kernel_size=3, stride=4, padding=1)
        >>> neck = nn.ModuleList([nn.Identity(), nn.MaxPool2d(2)])
        >>> neck.forward = lambda x: [layer(x) for layer in neck]
        >>> for shape in featmap_shapes(backbone, neck):
        ...     print(shape)
        FeatmapShape(channels=16, stride=4)
        FeatmapShape(channels=16, stride=8)
    """
    parts = nn.Sequential(backbone, neck)
    state = {
        name: value.to('meta')
        for named in (parts.named_parameters(), parts.named_buffers())
        for name, value in named
    }
    image = torch.empty(1, 3, _SIDE, _SIDE, device='meta')
    try:
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            feats = functional_call(parts, state, (image,))
        return [FeatmapShape(x.shape[1], _SIDE // x.shape[-1]) for x in feats]
    except Exception:  # operators without a meta version fail in many ways
        return None
