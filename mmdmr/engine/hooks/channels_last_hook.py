"""Hook that stores the network's weights channels-last."""

from collections.abc import Iterator

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import nn

from mmdmr.errors import InputError
from mmdmr.models.roi_extractors import FullPrecisionRoIExtractor
from mmdmr.registry import HOOKS


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Stores weights, and thereby feature maps, with the channels last.

    PyTorch's convolutions are faster in this memory format, on CPUs and on
    GPUs for mixed precision. Other convolution kernels are chosen, so results
    differ in the last bits. Names and shapes in checkpoints stay the same.

    MMCV's operators read a map in the order of its addresses and would return
    wrong numbers for a channels-last map. The hook accepts MMCV's operators
    in a :class:`~mmdmr.models.FullPrecisionRoIExtractor` only, which
    rearranges maps.

    Raises:
        InputError: Another module of the model is an operator of MMCV, such
            as a deformable convolution. The error is raised before the first
            iteration.

    Example:
        In a config:

        >>> custom_hooks = [dict(type='mmdmr.ChannelsLastHook')]
    """

    def before_run(self, runner: Runner) -> None:
        """Change the memory format of the weights."""
        for name, module in _mmcv_operators(runner.model):
            raise InputError(
                f'ChannelsLastHook: {name} of the model is a '
                f'{type(module).__name__}, which needs the default memory '
                'format: remove the hook from the config.'
            )
        runner.model.to(memory_format=torch.channels_last)


def _mmcv_operators(
    model: nn.Module, prefix: str = ''
) -> Iterator[tuple[str, nn.Module]]:
    """Operators of MMCV that get maps as they are, with their names."""
    for name, module in model.named_children():
        path = f'{prefix}{name}'
        if type(module).__module__.startswith('mmcv.ops.'):
            yield path, module
        elif not isinstance(module, FullPrecisionRoIExtractor):
            yield from _mmcv_operators(module, f'{path}.')
