"""The key pass: feature maps of the key encoder at the least cost.

Two parts of the pass are left out, and no number changes by that. Stages that
are frozen give the same maps in the network and in its average, so the
average starts from the network's map. And maps that the branch does not pool
are not made.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from mmdet.models.backbones import ResNet
from mmdet.models.necks import FPN
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

#: Maps of frozen stages by the name of the stage in the backbone.
FrozenMaps = dict[str, Tensor]


@contextmanager
def frozen_maps_kept(backbone: nn.Module) -> Iterator[FrozenMaps]:
    """Keep the maps of the frozen stages while the context lasts.

    Args:
        backbone (nn.Module): Backbone of the network. Of MMDetection's
            ``ResNet``, also of a subclass with the same ``forward``, the maps
            are kept that the rest of the pass takes; of another backbone
            nothing is kept.

    Yields:
        dict[str, Tensor]: Maps of the latest pass by stage, (N, C, h, w)
        each; empty before a pass, and again after the context.

    Example:
        >>> import torch
        >>> backbone = ResNet(18, frozen_stages=1)
        >>> with frozen_maps_kept(backbone) as kept:
        ...     _ = backbone(torch.zeros(1, 3, 64, 64))
        ...     for name, x in kept.items():
        ...         print(name, x.shape)
        layer1 torch.Size([1, 64, 16, 16])
        >>> kept
        {}
    """
    kept: FrozenMaps = {}
    with ExitStack() as stack:
        stack.callback(kept.clear)
        for name in _needed(backbone):
            stage = getattr(backbone, name)
            handle = stage.register_forward_hook(partial(_keep, kept, name))
            stack.callback(handle.remove)
        yield kept


def backbone_maps(
    backbone: nn.Module,
    images: Tensor,
    kept: Mapping[str, Tensor],
    network: nn.Module,
) -> tuple[Tensor, ...]:
    """Maps of the average's backbone, from the frozen stages' maps if it can.

    Args:
        backbone (nn.Module): Backbone of the average.
        images (Tensor): Normalised images, (N, 3, H, W).
        kept (Mapping[str, Tensor]): What :func:`frozen_maps_kept` kept of the
            same images.
        network (nn.Module): Backbone of the network, which made these maps.

    Returns:
        tuple[Tensor, ...]: Maps, (N, C, h, w) each, as of
        ``backbone(images)``.

    Example:
        >>> import torch
        >>> network = ResNet(18, frozen_stages=1)
        >>> network.train()
        >>> average = copy.deepcopy(network)
        >>> for key, query in zip(average.parameters(), network.parameters()):
        ...     if not query.requires_grad:
        ...         key.data = query.data  # as the key encoder shares them
        >>> images = torch.rand(1, 3, 32, 32)
        >>> with frozen_maps_kept(network) as kept:
        ...     _ = network(images)
        ...     maps = backbone_maps(average, images, kept, network)
        >>> all(map(torch.equal, maps, average(images)))
        True
    """
    if not (
        kept
        and isinstance(backbone, ResNet)
        and _frozen_alike(backbone, network)
    ):
        return backbone(images)
    # ResNet.forward behind the stem.
    x = kept.get('maxpool', images)
    maps = []
    for i, name in enumerate(backbone.res_layers):
        if i >= backbone.frozen_stages:
            x = getattr(backbone, name)(x)
        else:
            x = kept.get(name, x)
        if i in backbone.out_indices:
            maps.append(x)
    return tuple(maps)


def neck_maps(
    neck: nn.Module, maps: tuple[Tensor, ...], levels: Sequence[int] | None
) -> list[Tensor | None]:
    """Maps of the neck that are pooled.

    Args:
        neck (nn.Module): Neck. Of MMDetection's ``FPN``, also of a subclass
            with the same ``forward``, only the levels asked for are made; of
            another neck all levels.
        maps (tuple[Tensor, ...]): Maps of the backbone.
        levels (Sequence[int] | None): Indices of the maps that are pooled;
            None for all maps.

    Returns:
        list[Tensor | None]: Maps in the order of ``neck(maps)``; None in the
        place of a map that was not made.

    Example:
        >>> import torch
        >>> neck = FPN([4, 4, 4], out_channels=8, num_outs=5)
        >>> maps = tuple(torch.rand(1, 4, side, side) for side in (8, 4, 2))
        >>> found = neck_maps(neck, maps, levels=[1, 2])
        >>> [x if x is None else tuple(x.shape) for x in found]
        [None, (1, 8, 4, 4), (1, 8, 2, 2), None, None]
        >>> torch.equal(found[1], neck(maps)[1])
        True
    """
    if (
        levels is None
        or not isinstance(neck, FPN)
        or type(neck).forward is not FPN.forward
    ):
        return list(neck(maps))
    used = len(neck.lateral_convs)
    # The coarsest map of the backbone takes part in all others.
    first = min(*levels, used - 1)
    stop = max(*levels, used - 1) + 1
    # The same layers in an FPN that starts later and ends earlier.
    part = copy.copy(neck)
    part._modules = dict(neck._modules)
    part.start_level = neck.start_level + first
    part.num_outs = stop - first
    part.lateral_convs = neck.lateral_convs[first:]
    part.fpn_convs = neck.fpn_convs[first:]
    return [*[None] * first, *part(maps), *[None] * (neck.num_outs - stop)]


def _keep(
    kept: FrozenMaps, name: str, module: nn.Module, args: Any, output: Tensor
) -> None:
    """Forward hook of a stage."""
    kept[name] = output


def _needed(backbone: nn.Module) -> list[str]:
    """Frozen stages whose maps the rest of the backbone, or the neck, takes.

    Empty for a backbone whose ``forward`` is not known.
    """
    if (
        not isinstance(backbone, ResNet)
        or type(backbone).forward is not ResNet.forward
    ):
        return []
    last = backbone.frozen_stages
    if last < 1:
        return ['maxpool'] if last == 0 else []
    return [
        name
        for i, name in enumerate(backbone.res_layers[:last])
        if i in backbone.out_indices or i == last - 1
    ]


def _frozen_alike(average: ResNet, network: ResNet) -> bool:
    """True if the frozen stages of both backbones give the same map."""
    stages = [*map(_frozen_stages, (average, network))]
    # A norm that learns would update the statistics of its own.
    learns = any(
        isinstance(module, _BatchNorm) and module.training
        for stage in stages[0]
        for module in stage.modules()
    )
    return not learns and all(
        key.data_ptr() == query.data_ptr()
        for pair in zip(*stages)
        for key, query in zip(*(stage.parameters() for stage in pair))
    )


def _frozen_stages(backbone: ResNet) -> list[nn.Module]:
    """Stem and stages that are frozen."""
    stem = ['stem'] if backbone.deep_stem else ['conv1', backbone.norm1_name]
    names = [*stem, *backbone.res_layers[: backbone.frozen_stages]]
    return [getattr(backbone, name) for name in names]
