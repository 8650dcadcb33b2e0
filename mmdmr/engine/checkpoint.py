"""Checkpoints that users name: are they there, readable, and of this model?"""

import os
import re
from importlib.util import find_spec
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor, nn

from mmdmr.engine.resume import unwrapped
from mmdmr.engine.work_dir import is_remote
from mmdmr.errors import InputError
from mmdmr.readers.text import beginning_of_text

#: Parts of the model that only training uses.
TRAINING_PARTS = ('memory.', 'key_encoder.')
_NAMED = 8


def check_checkpoint(path: str) -> None:
    """Check that a checkpoint exists, before anything expensive starts.

    Args:
        path (str): A file, or an address that MMEngine downloads from.

    Raises:
        FileNotFoundError: It is meant as a file and there is none; the
            message lists those beside it.
    """
    if is_remote(path) or os.path.isfile(path):
        return
    beside = sorted(p.name for p in Path(path).parent.glob('*.pth'))
    there = f' Beside it: {", ".join(beside[:8])}.' if beside else ''
    raise FileNotFoundError(f'checkpoint {path} does not exist.{there}')


def read_checkpoint(path: str) -> dict[str, Any]:
    """Read a checkpoint file.

    Args:
        path (str): A file; see :func:`mmdmr.engine.safe_globals` for what it
            may hold. Of weights alone, and of those saved from a wrapped
            model, whose names begin with "module.", MMEngine's are made.

    Returns:
        dict: With ``state_dict``; tensors are read when they are used.

    Raises:
        FileNotFoundError: It does not exist.
        InputError: It is no checkpoint, or holds an object of a class that is
            not loaded.
    """
    check_checkpoint(path)
    try:
        try:
            checkpoint = torch.load(
                path, map_location='cpu', weights_only=True, mmap=True
            )
        except RuntimeError:  # the format of PyTorch before 1.6
            checkpoint = torch.load(
                path, map_location='cpu', weights_only=True
            )
    except Exception as error:  # other files fail in many ways
        raise InputError(_why_unreadable(path, error)) from error
    if not isinstance(checkpoint, dict) or not checkpoint:
        raise InputError(
            f'{path} is no checkpoint of MMEngine: it has no state_dict'
        )
    if 'state_dict' not in checkpoint:
        checkpoint = dict(state_dict=checkpoint)
    weights = checkpoint['state_dict']
    if not isinstance(weights, dict) or not all(
        isinstance(name, str) and isinstance(value, Tensor)
        for name, value in weights.items()
    ):
        names = list(weights if isinstance(weights, dict) else checkpoint)
        raise InputError(
            f'{path} is no checkpoint of MMEngine: it has no state_dict of '
            f'tensors, but {", ".join(map(str, names[:_NAMED]))}'
        )
    weights = {unwrapped(name): value for name, value in weights.items()}
    if weights and all(unwrapped(name) != name for name in weights):
        raise InputError(
            f'{path}: all of its weights are called "module.module...", as a '
            'model is that was wrapped twice; save the one inside'
        )
    return dict(checkpoint, state_dict=weights)


def _why_unreadable(path: str, error: Exception) -> str:
    """PyTorch tells of refused classes in pages, in colours."""
    text = re.sub(r'\x1b\[[0-9;]*m', '', str(error) or repr(error))
    refused = re.search(r'GLOBAL ([\w.]+)', text) or re.search(
        r'(?:class|global)[: ]+([\w.]*\.[\w.]+)', text, re.IGNORECASE
    )
    if isinstance(error, UnpicklingError) and refused:
        return (
            f'{path} holds an object of the class {refused[1]}, which is not '
            'loaded, since loading it may run code: save the weights alone, '
            "torch.save(dict(state_dict=model.state_dict()), 'FILE.pth')"
        )
    begins = beginning_of_text(path)
    if begins is not None:
        return (
            f'{path} is no checkpoint but a text, {begins!r}, as one that '
            'says why a download failed; download it again'
        )
    # PyTorch takes a file of any other kind for pickled objects.
    reason = text.splitlines()[0]
    if 'Weights only' in reason:
        reason = 'it is cut short, or of another kind'
    return f'{path} is no checkpoint that PyTorch can read ({reason})'


def check_fits(
    model: nn.Module, checkpoint: dict[str, Any], path: str
) -> None:
    """Check that a checkpoint holds all the weights searching needs.

    Args:
        model (nn.Module): The model of a config.
        checkpoint (dict): Of :func:`read_checkpoint`.
        path (str): Its file, for the message.

    Raises:
        InputError: Weights are missing or of another shape.
    """
    stored = checkpoint['state_dict']
    needed = {
        name: value.shape
        for name, value in model.state_dict().items()
        if not name.startswith(TRAINING_PARTS)
        and not name.endswith('num_batches_tracked')
    }
    wrong = [
        name
        for name, shape in needed.items()
        if name not in stored or stored[name].shape != shape
    ]
    if wrong:
        first = next(iter(stored), 'none')
        there = '' if wrong[0] in stored else f' (it has {first})'
        raise InputError(
            f'{path} is not of this network: {len(wrong)} of {len(needed)} '
            f'weights are missing or have another shape, {wrong[0]} first'
            f'{there}. Name the config it was trained with.'
        )


def check_pretrained(model: dict[str, Any]) -> None:
    """Check that the weights a config starts from can be had.

    Args:
        model (dict): The config's model.

    Raises:
        InputError: They come from torchvision, which is not installed.
        FileNotFoundError: They are to be in a file that is not there.
    """
    init = (model.get('backbone') or {}).get('init_cfg') or {}
    source = str(init.get('checkpoint', ''))
    if source.startswith('torchvision://') and not find_spec('torchvision'):
        raise InputError(
            f'the backbone starts from {source}, which needs torchvision: '
            'install the one that belongs to your PyTorch, '
            f'{torch.__version__} (https://pytorch.org/get-started/locally/), '
            'or start from scratch: --cfg-options '
            'model.backbone.init_cfg=None model.backbone.frozen_stages=-1'
        )
    if source and not is_remote(source) and not os.path.isfile(source):
        raise FileNotFoundError(
            f'the backbone starts from {source}, which is not there: name '
            'your file, --cfg-options model.backbone.init_cfg.checkpoint=FILE '
            '("mmdmr convert_backbone" makes one of the weights of another '
            'library)'
        )
