"""Widening half precision to float32."""

from typing import Any

from torch import Tensor, nn


def at_least_float32(tensor: Tensor) -> Tensor:
    """Widen half precision and leave any other precision unchanged.

    Args:
        tensor (Tensor): Numbers of any type.

    Returns:
        Tensor: float32 in place of float16 and bfloat16, else ``tensor``.

    Example:
        >>> import torch
        >>> at_least_float32(torch.ones(1, dtype=torch.bfloat16)).dtype
        torch.float32
        >>> at_least_float32(torch.ones(1, dtype=torch.float64)).dtype
        torch.float64
    """
    half = tensor.is_floating_point() and tensor.dtype.itemsize < 4
    return tensor.float() if half else tensor


def widen_outputs(module: nn.Module) -> None:
    """Let a module return its results in float32 at least.

    Args:
        module (nn.Module): Module that returns a tensor, or lists and tuples
            of tensors. The module gets a forward hook.

    Example:
        >>> import torch
        >>> from torch import nn
        >>> layer = nn.Linear(2, 2).half()
        >>> widen_outputs(layer)
        >>> layer(torch.ones(1, 2).half()).dtype
        torch.float32
    """
    module.register_forward_hook(_widened)


def _widened(module: nn.Module, args: Any, outputs: Any) -> Any:
    if isinstance(outputs, Tensor):
        return at_least_float32(outputs)
    if isinstance(outputs, (list, tuple)):
        return type(outputs)(_widened(module, args, x) for x in outputs)
    return outputs
