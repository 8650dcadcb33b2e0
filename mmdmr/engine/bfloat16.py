"""Train with bfloat16, on a GPU or on a CPU with instructions for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from mmengine.optim import OptimWrapper
from mmengine.runner.amp import autocast
from torch import nn

from mmdmr.cpu import CPUINFO, bfloat16_instructions
from mmdmr.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class Bfloat16OptimWrapper(OptimWrapper):
    """Optimizer's wrapper that runs the network's pass in bfloat16.

    MMEngine's ``AmpOptimWrapper`` needs a GPU, because it scales the loss:
    small gradients vanish in float16. bfloat16 has the range of float32, so
    that this wrapper scales nothing and runs on a CPU as well. Weights,
    gradients of weights, the optimizer's state and the checkpoint are float32.
    Convolutions and products are computed with the 8 significant bits of
    bfloat16: results differ from those of a float32 training.

    The arguments are those of :class:`mmengine.optim.OptimWrapper`.

    Example:
        >>> layer = nn.Linear(2, 2)
        >>> wrapper = Bfloat16OptimWrapper(torch.optim.SGD(
        ...     layer.parameters(), lr=0.1))
        >>> with wrapper.optim_context(layer):
        ...     output = layer(torch.ones(1, 2))
        >>> wrapper.update_params(output.sum())
        >>> output.dtype, layer.weight.grad is None, layer.weight.dtype
        (torch.bfloat16, True, torch.float32)
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Context of the network's pass.

        Args:
            model (nn.Module): The network.

        Yields:
            None: Operations in the context run in mixed precision.
        """
        with super().optim_context(model), autocast(dtype=torch.bfloat16):
            yield


def has_fast_bfloat16(cpuinfo: Path = CPUINFO) -> bool:
    """Whether the CPU has instructions for bfloat16.

    PyTorch computes in bfloat16 on any CPU. Without such instructions
    (AVX-512 BF16, AMX, ARM's BF16), bfloat16 is slower than float32.

    Args:
        cpuinfo (Path): Linux's description of the CPU. Defaults to
            ``/proc/cpuinfo``.

    Returns:
        bool: True if the description lists such instructions, False without
        a description.

    Example:
        >>> has_fast_bfloat16(Path('no_such_file'))
        False
    """
    return bool(bfloat16_instructions(cpuinfo))
