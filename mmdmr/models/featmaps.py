"""What the maps of a detector will look like, before it sees an image."""

from typing import NamedTuple

import torch
from torch import nn
from torch.func import functional_call

#: Side of the image that stands for all.
_SIDE = 512


class FeatmapShape(NamedTuple):
    """Shape of a feature map.

    Args:
        channels (int): Its channels.
        stride (int): Pixels of the network's input to a cell.
    """

    channels: int
    stride: int


def featmap_shapes(
    backbone: nn.Module, neck: nn.Module
) -> list[FeatmapShape] | None:
    """Work out the maps by a pass without numbers.

    Weights and image are on PyTorch's ``meta`` device, which computes shapes
    alone: no time, no memory, no change to the network.

    Args:
        backbone (nn.Module): Takes images of three channels.
        neck (nn.Module): Takes what the backbone returns.

    Returns:
        list[FeatmapShape] | None: In the order of the maps; None where a layer
        has no meta version, as compiled operators.
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
            maps = functional_call(parts, state, (image,))
        return [FeatmapShape(x.shape[1], _SIDE // x.shape[-1]) for x in maps]
    except Exception:  # operators without a meta version fail in many ways
        return None
