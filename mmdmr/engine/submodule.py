"""Finding a part of a model by its path."""

from typing import Any

from mmengine.model import (
    MMSeparateDistributedDataParallel,
    is_model_wrapper,
)
from torch import nn
from torch.nn.parallel import DataParallel, DistributedDataParallel


def network_of(model: nn.Module) -> nn.Module:
    """The network itself, without a wrapper around it.

    Args:
        model (nn.Module): The runner's model.

    Returns:
        nn.Module: The network, whose parameters are whole on every rank.

    Raises:
        ValueError: The wrapper may hold parameters in pieces (FSDP,
            DeepSpeed) or wraps parts one by one.
    """
    if not is_model_wrapper(model):
        return model
    if isinstance(model, MMSeparateDistributedDataParallel) or not isinstance(
        model, (DataParallel, DistributedDataParallel)
    ):
        raise ValueError(
            f'memory and key encoder do not work in a {type(model).__name__}; '
            "train with model_wrapper_cfg=dict(type='"
            "MMDistributedDataParallel') or without a wrapper"
        )
    return model.module


def find_submodule(
    model: nn.Module, path: str, method: str, argument: str
) -> Any:
    """Look a module up by its path, through a model wrapper if there is one.

    Args:
        model (nn.Module): The runner's model.
        path (str): Dotted path, '' for the model itself.
        method (str): Name of a method the module must have.
        argument (str): What the user set, for the error.

    Returns:
        nn.Module: The module.

    Raises:
        ValueError: If there is no such module, or it lacks the method, or as
            :func:`network_of`.
    """
    network = network_of(model)
    try:
        module = network.get_submodule(path)
    except AttributeError:
        children = [name for name, _ in network.named_children()]
        raise ValueError(
            f"{argument}='{path}': {type(network).__name__} has no module of "
            f'that path. Its parts are {", ".join(children)}'
        ) from None
    if not callable(getattr(module, method, None)):
        raise ValueError(
            f"{argument}='{path}': {type(module).__name__} has "
            f'no method {method}()'
        )
    return module
