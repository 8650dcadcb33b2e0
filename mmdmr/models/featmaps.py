"""Channels and strides of feature maps, computed from a detector's parts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import nn
from torch.func import functional_call
from torch.nn.modules.batchnorm import _NormBase

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
        with (
            torch.no_grad(),
            torch.random.fork_rng(devices=[]),
            _norms_skipped(parts),
        ):
            feats = functional_call(parts, state, (image,))
        return [FeatmapShape(x.shape[1], _SIDE // x.shape[-1]) for x in feats]
    except Exception:  # operators without a meta version fail in many ways
        return None


@contextmanager
def _norms_skipped(parts: nn.Module) -> Iterator[None]:
    """Let normalisation layers hand on what they get.

    A shape does not change in them. On the ``meta`` device PyTorch takes them
    apart in Python, which takes nine tenths of the pass.
    """
    norms = [
        module
        for module in parts.modules()
        if isinstance(module, (_NormBase, nn.GroupNorm))
        and 'forward' not in vars(module)
    ]
    for norm in norms:
        vars(norm)['forward'] = nn.Identity().forward
    try:
        yield
    finally:
        for norm in norms:
            del vars(norm)['forward']
