"""Full precision where half precision does harm."""

from typing import Any

from torch import Tensor, nn


def at_least_float32(tensor: Tensor) -> Tensor:
    """Widen half precision, and leave the rest as it is.

    Args:
        tensor (Tensor): Any numbers.

    Returns:
        Tensor: float32 in place of float16 and bfloat16.
    """
    half = tensor.is_floating_point() and tensor.dtype.itemsize < 4
    return tensor.float() if half else tensor


def widen_outputs(module: nn.Module) -> None:
    """Let a module give its results in float32 at least.

    Args:
        module (nn.Module): Is changed: gets a forward hook.
    """
    module.register_forward_hook(_widened)


def _widened(module: nn.Module, args: Any, outputs: Any) -> Any:
    if isinstance(outputs, Tensor):
        return at_least_float32(outputs)
    if isinstance(outputs, (list, tuple)):
        return type(outputs)(_widened(module, args, x) for x in outputs)
    return outputs
