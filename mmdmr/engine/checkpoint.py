"""What a hook's module takes from a checkpoint."""

import re
from typing import Any

from torch import Tensor, nn


class TrainingRefused(ValueError):
    """A training would not work, which shows only once it is set up."""


class ResumeError(TrainingRefused):
    """A checkpoint is not one that this run can be resumed from."""


def state_dict_of(checkpoint: dict[str, Any]) -> dict[str, Tensor]:
    """Weights of a checkpoint.

    Args:
        checkpoint (dict): With ``state_dict``, or that itself, which MMEngine
            takes, too.

    Returns:
        dict[str, Tensor]: By name; not a copy.
    """
    return checkpoint.get('state_dict', checkpoint)


def unwrapped(name: str) -> str:
    """Name of a weight in the model itself.

    Args:
        name (str): As a checkpoint has it; saved from a wrapped model, all
            begin with "module.", which MMEngine takes off.

    Returns:
        str: Without that.
    """
    return re.sub(r'^module\.', '', name)


def entries_of(checkpoint: dict[str, Any], path: str) -> dict[str, str]:
    """Find what a checkpoint holds of a module.

    Args:
        checkpoint (dict): As for :func:`state_dict_of`.
        path (str): Path of the module in the model.

    Returns:
        dict[str, str]: By name in the module the name in the checkpoint.
    """
    prefix = f'{path}.'
    return {
        unwrapped(name)[len(prefix) :]: name
        for name in state_dict_of(checkpoint)
        if unwrapped(name).startswith(prefix)
    }


def take_entries(checkpoint: dict[str, Any], path: str) -> dict[str, Tensor]:
    """Take what a checkpoint holds of a module out of it.

    Args:
        checkpoint (dict): Is changed.
        path (str): Path of the module in the model.

    Returns:
        dict[str, Tensor]: State of the module; empty if there is none.
    """
    stored = state_dict_of(checkpoint)
    return {
        name: stored.pop(key)
        for name, key in entries_of(checkpoint, path).items()
    }


def check_entries(
    entries: dict[str, Tensor], path: str, module: nn.Module
) -> None:
    """Check that a run can be resumed with the state of a module.

    Args:
        entries (dict[str, Tensor]): The module's state in the checkpoint.
        path (str): Path of the module in the model, for the message.
        module (nn.Module): The module.

    Raises:
        ResumeError: There is no state, or it is of another size.
    """
    advice = (
        'Resume with the config and checkpoint of the interrupted run, '
        'or take its weights only: load_from, without --resume.'
    )
    if not entries:
        raise ResumeError(
            f'the checkpoint to resume from has no {path}, as '
            f'one that was published. {advice}'
        )
    for name, value in module.state_dict().items():
        there = entries.get(name)
        if there is not None and there.shape != value.shape:
            raise ResumeError(
                f'{path}.{name} has shape {tuple(there.shape)} in the '
                f'checkpoint to resume from, but {tuple(value.shape)} in this '
                f'config. {advice}'
            )
