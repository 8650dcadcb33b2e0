"""What a hook's module takes from a checkpoint."""

from typing import Any, Dict

from mmengine.runner import Runner
from torch import nn


class ResumeError(ValueError):
    """A checkpoint is not one that this run can be resumed from."""


def check_or_drop(
    runner: Runner, checkpoint: Dict[str, Any], path: str, module: nn.Module
) -> None:
    """Restore a module when resuming, start it anew from weights alone.

    Called before the checkpoint's weights are loaded into the model.

    Args:
        runner (Runner): The runner.
        checkpoint (dict): Is changed unless the run is resumed: entries of
            the module are taken out.
        path (str): Path of the module in the model.
        module (nn.Module): The module.

    Raises:
        ResumeError: The run is to be resumed, but the checkpoint lacks the
            module's state or has it in another size.
    """
    stored = {
        name: value
        for name, value in checkpoint['state_dict'].items()
        if name.startswith(f'{path}.')
    }
    if not runner._resume:
        for name in stored:
            del checkpoint['state_dict'][name]
        return
    advice = (
        'Resume with the config and checkpoint of the interrupted run, '
        'or take its weights only: load_from, without --resume.'
    )
    if not stored:
        raise ResumeError(
            f'the checkpoint to resume from has no {path}, as '
            f'one that was published. {advice}'
        )
    for name, value in module.state_dict().items():
        there = stored.get(f'{path}.{name}')
        if there is not None and there.shape != value.shape:
            raise ResumeError(
                f'{path}.{name} has shape {tuple(there.shape)} in the '
                f'checkpoint to resume from, but {tuple(value.shape)} in this '
                f'config. {advice}'
            )
