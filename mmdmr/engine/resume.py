"""Find the checkpoint to resume a training from, and check its fit."""

import re
import sys
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dist import is_main_process
from torch import Tensor, nn

from mmdmr.errors import InputError

from .safe_loading import DamagedFile, load_file
from .work_dir import (
    check_own,
    checkpoint_folder,
    checkpoints_in,
    is_remote,
    last_checkpoint,
)


class ResumeError(InputError):
    """A checkpoint does not fit the run that is to be resumed."""


def set_resume(cfg: Config, resume: str | None, overwrite: bool) -> None:
    """Find the checkpoint to resume from; protect other runs' checkpoints.

    Args:
        cfg (Config): Config with ``work_dir``; its ``resume`` and
            ``load_from`` are set.
        resume (str | None): A checkpoint; 'auto' for the last checkpoint of
            the work dir; None for the config's own ``resume`` and
            ``load_from``.
        overwrite (bool): True if checkpoints of another run in the work dir
            may be overwritten.

    Raises:
        FileExistsError: The work dir holds checkpoints of another run, and
            ``overwrite`` is False.
        InputError: The last checkpoint holds more than weights, or no
            checkpoint of the work dir can be read.

    Example:
        >>> import tempfile
        >>> cfg = Config(dict(work_dir=tempfile.mkdtemp()))
        >>> set_resume(cfg, 'b/epoch_2.pth', overwrite=False)
        >>> cfg.resume, cfg.load_from
        (True, 'b/epoch_2.pth')
    """
    # MMEngine: resume=True without load_from means the last checkpoint.
    auto = resume == 'auto' or (
        resume is None
        and cfg.get('resume', False)
        and not cfg.get('load_from')
    )
    folder = checkpoint_folder(cfg)
    if is_remote(folder):
        # MMEngine finds the last checkpoint of a remote storage.
        if resume is not None:
            cfg.resume = True
            cfg.load_from = None if auto else resume
        return
    if auto:
        found = _last_sound(cfg.work_dir, folder)
        if found is None and is_main_process():
            print(
                f'note: --resume: there is no checkpoint in {folder}, '
                'the training starts anew',
                file=sys.stderr,
            )
        cfg.resume = found is not None
        cfg.load_from = cfg.get('load_from') if found is None else str(found)
    elif resume is not None:
        cfg.resume, cfg.load_from = True, resume
    if not overwrite:
        resumed = cfg.load_from if cfg.get('resume', False) else None
        check_own(cfg.work_dir, resumed, folder)


def _last_sound(work_dir: str, folder: str) -> Path | None:
    """Last checkpoint of a work dir that can be read.

    A damaged checkpoint, as a full disk or another program may leave it, is
    told of. A checkpoint that holds more than weights is an error: whether
    the run goes on from there is the user's to decide.
    """
    last = last_checkpoint(work_dir, folder)
    if last is None:
        return None
    older = [p for p in reversed(checkpoints_in(folder)) if p != last]
    for path in (last, *older):
        try:
            load_file(path, mmap=True)
        except DamagedFile as error:
            if is_main_process():
                print(f'note: --resume: {error}', file=sys.stderr)
            continue
        return path
    raise InputError(
        f'--resume: none of the {1 + len(older)} checkpoints in {folder} can '
        'be read, see above: remove them and start anew, or copy a sound one '
        'there'
    )


def take_seed(cfg: Config, checkpoint: dict[str, Any]) -> None:
    """Give a resumed run the seed of the interrupted run.

    MMEngine restores the seed after it has built the samplers, which then
    order the data by another seed.

    Args:
        cfg (Config): Config to change: ``randomness.seed`` is set.
        checkpoint (dict): Checkpoint to resume from.

    Example:
        >>> cfg = Config(dict(randomness=dict(seed=None)))
        >>> take_seed(cfg, dict(meta=dict(seed=5)))
        >>> cfg.randomness.seed
        5
    """
    seed = checkpoint.get('meta', {}).get('seed')
    if seed is not None:
        cfg.merge_from_dict({'randomness.seed': seed})


def state_dict_of(checkpoint: dict[str, Any]) -> dict[str, Tensor]:
    """Return the weights of a checkpoint.

    Args:
        checkpoint (dict): Checkpoint with ``state_dict``, or the state dict
            itself, which MMEngine accepts too.

    Returns:
        dict[str, Tensor]: Weights by name; not a copy.
    """
    return checkpoint.get('state_dict', checkpoint)


def unwrapped(name: str) -> str:
    """Return the name of a weight in the model itself.

    Args:
        name (str): Name in a checkpoint. If the checkpoint was saved from a
            wrapped model, every name begins with "module.", which MMEngine
            removes when it loads the checkpoint.

    Returns:
        str: The name without "module.".

    Example:
        >>> unwrapped('module.backbone.conv1.weight')
        'backbone.conv1.weight'
    """
    return re.sub(r'^module\.', '', name)


def entries_of(checkpoint: dict[str, Any], path: str) -> dict[str, str]:
    """Find the entries of a module in a checkpoint.

    Args:
        checkpoint (dict): Checkpoint, or state dict.
        path (str): Path of the module in the model, such as ``memory``.

    Returns:
        dict[str, str]: Names in the checkpoint by names in the module.

    Example:
        >>> stored = {'module.memory.keys': 0, 'module.neck.weight': 1}
        >>> entries_of(dict(state_dict=stored), 'memory')
        {'keys': 'module.memory.keys'}
    """
    prefix = f'{path}.'
    return {
        unwrapped(name)[len(prefix) :]: name
        for name in state_dict_of(checkpoint)
        if unwrapped(name).startswith(prefix)
    }


def take_entries(checkpoint: dict[str, Any], path: str) -> dict[str, Tensor]:
    """Take the entries of a module out of a checkpoint.

    Args:
        checkpoint (dict): Checkpoint to change.
        path (str): Path of the module in the model.

    Returns:
        dict[str, Tensor]: State of the module; empty if the checkpoint has
        none.
    """
    stored = state_dict_of(checkpoint)
    return {
        name: stored.pop(key)
        for name, key in entries_of(checkpoint, path).items()
    }


def check_entries(
    entries: dict[str, Tensor], path: str, module: nn.Module
) -> None:
    """Check that the stored state of a module fits the module of this run.

    Args:
        entries (dict[str, Tensor]): State of the module in the checkpoint.
        path (str): Path of the module in the model, for the message.
        module (nn.Module): The module.

    Raises:
        ResumeError: The state is missing, or a tensor has another shape.
    """
    advice = (
        'Resume with the config and checkpoint of the interrupted run, '
        'or take its weights only: load_from, without --resume.'
    )
    if not entries:
        raise ResumeError(
            f'the checkpoint to resume from has no {path}, like a published '
            f'checkpoint. {advice}'
        )
    for name, value in module.state_dict().items():
        stored = entries.get(name)
        if stored is not None and stored.shape != value.shape:
            raise ResumeError(
                f'{path}.{name} has shape {tuple(stored.shape)} in the '
                f'checkpoint to resume from, but {tuple(value.shape)} in this '
                f'config. {advice}'
            )
