"""Loading a checkpoint that lacks the modules of training."""

from torch import Tensor, nn


def fill_absent(
    module: nn.Module, state_dict: dict[str, Tensor], prefix: str
) -> None:
    """Let a module keep its state if a checkpoint has no entry of the module.

    Checkpoints of MMDetection's detectors, and published ones, have no memory
    and no key encoder. Without this function each of their tensors would be
    reported as missing.

    Args:
        module (nn.Module): Module that is being loaded.
        state_dict (dict[str, Tensor]): State dict of the checkpoint, to
            change: without an entry of the module, it gets the module's own
            state.
        prefix (str): Path of the module with a dot at its end.

    Example:
        >>> import torch
        >>> from torch import nn
        >>> state_dict = {'backbone.weight': torch.zeros(1)}
        >>> fill_absent(nn.Linear(2, 3), state_dict, 'memory.')
        >>> list(state_dict)
        ['backbone.weight', 'memory.weight', 'memory.bias']
    """
    if not any(name.startswith(prefix) for name in state_dict):
        state_dict.update(module.state_dict(prefix=prefix))
