"""Finding a part of a model by its path."""

from typing import Any

from mmengine.model import (
    MMSeparateDistributedDataParallel,
    is_model_wrapper,
)
from torch import nn
from torch.nn.parallel import DataParallel, DistributedDataParallel

from mmdmr.errors import InputError


def keeps_whole(kind: type) -> bool:
    """Tell whether a wrapper leaves each process the whole network.

    Args:
        kind (type): Class of the wrapper.

    Returns:
        bool: True for MMEngine's wrappers of DataParallel and
        DistributedDataParallel, except the one that wraps parts one by one.

    Example:
        >>> from mmengine.model import MMDistributedDataParallel
        >>> keeps_whole(MMDistributedDataParallel)
        True
        >>> keeps_whole(MMSeparateDistributedDataParallel)
        False
    """
    return issubclass(
        kind, (DataParallel, DistributedDataParallel)
    ) and not issubclass(kind, MMSeparateDistributedDataParallel)


def network_of(model: nn.Module) -> nn.Module:
    """Take the wrapper for distributed training off a network.

    Args:
        model (nn.Module): Model of the runner.

    Returns:
        nn.Module: The network; every rank holds all of its parameters.

    Raises:
        InputError: The wrapper may hold parameters in pieces (FSDP,
            DeepSpeed) or wraps parts one by one.

    Example:
        >>> from torch import nn
        >>> network_of(nn.Linear(2, 3))
        Linear(in_features=2, out_features=3, bias=True)
    """
    if not is_model_wrapper(model):
        return model
    if not keeps_whole(type(model)):
        raise InputError(
            f'memory and key encoder do not work in a {type(model).__name__}; '
            "train with model_wrapper_cfg=dict(type='"
            "MMDistributedDataParallel') or without a wrapper"
        )
    return model.get_submodule('module')


def find_submodule(
    model: nn.Module, path: str, method: str, argument: str
) -> Any:
    """Look a module up by its path, also in a wrapped model.

    Args:
        model (nn.Module): Model of the runner.
        path (str): Dotted path, '' for the model itself.
        method (str): Name of a method the module must have.
        argument (str): Name of the config's entry that holds the path, for
            the error.

    Returns:
        nn.Module: The module.

    Raises:
        InputError: The path leads nowhere, the module lacks the method, or
            the wrapper is refused by :func:`network_of`.

    Example:
        >>> from torch import nn
        >>> model = nn.ModuleDict(dict(encoder=nn.Linear(2, 3)))
        >>> find_submodule(model, 'encoder', 'forward', 'Hook.source')
        Linear(in_features=2, out_features=3, bias=True)
    """
    network = network_of(model)
    try:
        module = network.get_submodule(path)
    except AttributeError:
        children = [name for name, _ in network.named_children()]
        raise InputError(
            f"{argument}='{path}': {type(network).__name__} has no module of "
            f'that path. Its parts are {", ".join(children)}'
        ) from None
    if not callable(getattr(module, method, None)):
        raise InputError(
            f"{argument}='{path}': {type(module).__name__} has "
            f'no method {method}()'
        )
    return module
