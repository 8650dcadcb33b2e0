"""Loading weights that come without what serves training alone."""

from torch import Tensor, nn


def fill_absent(
    module: nn.Module, state_dict: dict[str, Tensor], prefix: str
) -> None:
    """Let a module keep its state where a checkpoint knows nothing of it.

    Checkpoints of stock detectors, and published ones, have no memory and no
    key encoder; without this, each of their tensors would be reported as
    missing.

    Args:
        module (nn.Module): The module that is being loaded.
        state_dict (dict[str, Tensor]): Is changed: gets the module's own
            state if it holds no entry of the module.
        prefix (str): Path of the module with a dot behind it.
    """
    if not any(name.startswith(prefix) for name in state_dict):
        state_dict.update(module.state_dict(prefix=prefix))
