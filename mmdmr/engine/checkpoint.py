"""Check and read the checkpoints that a user names."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mmdmr.engine.resume import unwrapped
from mmdmr.engine.safe_loading import load_file
from mmdmr.engine.work_dir import is_remote
from mmdmr.errors import InputError

#: Prefixes of the weights that only training uses.
TRAINING_PARTS = ('memory.', 'key_encoder.')
#: Number of names that a message lists.
_NUM_LISTED = 8


def check_checkpoint(path: str) -> None:
    """Check that a checkpoint exists, before anything expensive starts.

    Args:
        path (str): A file, or an address that MMEngine downloads from, which
            is not checked.

    Raises:
        FileNotFoundError: The file does not exist. The message lists the
            checkpoints of its folder.
    """
    if is_remote(path) or os.path.isfile(path):
        return
    beside = sorted(p.name for p in Path(path).parent.glob('*.pth'))
    found = (
        f' Its folder has: {", ".join(beside[:_NUM_LISTED])}.'
        if beside
        else ''
    )
    raise FileNotFoundError(f'checkpoint {path} does not exist.{found}')


def read_checkpoint(path: str, *, trust: bool | None = None) -> dict[str, Any]:
    """Read a checkpoint file.

    Three kinds of files are read: a checkpoint of MMEngine, a bare state
    dict, and a file of either kind from a wrapped model, in which every name
    begins with "module.".

    Args:
        path (str): A file. It may hold tensors and the classes that
            :func:`mmdmr.engine.safe_globals.register_safe_globals` registers.
        trust (bool | None): True to load objects of any class, which may run
            code. Defaults to None: as
            :func:`~mmdmr.engine.safe_loading.load_safely` was told.

    Returns:
        dict: Checkpoint with ``state_dict``, without "module." in the names.
        Tensors are mapped to the file and read when they are used.

    Raises:
        FileNotFoundError: The file does not exist.
        InputError: The file is no checkpoint, holds an object of a class
            that is not registered, or claims more than it can hold.

    Example:
        >>> import tempfile
        >>> path = str(Path(tempfile.mkdtemp(), 'a.pth'))
        >>> torch.save({'module.fc.bias': torch.zeros(2)}, path)
        >>> read_checkpoint(path)['state_dict']
        {'fc.bias': tensor([0., 0.])}
    """
    check_checkpoint(path)
    checkpoint = load_file(path, mmap=True, trust=trust)
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
            f'tensors, but {", ".join(map(str, names[:_NUM_LISTED]))}'
        )
    weights = {unwrapped(name): value for name, value in weights.items()}
    if weights and all(unwrapped(name) != name for name in weights):
        raise InputError(
            f'{path}: the names of all weights begin with "module.module.", '
            'since the model was wrapped twice: save the model inside the '
            'wrappers'
        )
    return dict(checkpoint, state_dict=weights)


def check_fits(
    model: nn.Module, checkpoint: dict[str, Any], path: str
) -> None:
    """Check that a checkpoint holds all weights that a search needs.

    Args:
        model (nn.Module): The model of a config.
        checkpoint (dict): Checkpoint from :func:`read_checkpoint`.
        path (str): File of the checkpoint, for the message.

    Raises:
        InputError: A weight is missing or has another shape.

    Example:
        >>> weights = nn.Linear(3, 2).state_dict()
        >>> check_fits(nn.Linear(3, 2), dict(state_dict=weights), 'a.pth')
    """
    stored = checkpoint['state_dict']
    needed = {
        name: value.shape
        for name, value in model.state_dict().items()
        if not name.startswith(TRAINING_PARTS)
        # a counter of batch normalisation that old checkpoints lack
        and not name.endswith('num_batches_tracked')
    }
    wrong = [
        name
        for name, shape in needed.items()
        if name not in stored or stored[name].shape != shape
    ]
    if wrong:
        first = next(iter(stored), 'none')
        # The first name of the file shows a wrong prefix, such as "net.".
        shown = '' if wrong[0] in stored else f' (it has {first})'
        raise InputError(
            f'{path} is not of this network: {len(wrong)} of {len(needed)} '
            f'weights are missing or have another shape, {wrong[0]} first'
            f'{shown}. Name the config that it was trained with.'
        )


def check_pretrained(model: dict[str, Any]) -> None:
    """Check that the weights from which a backbone starts are available.

    Args:
        model (dict): Entry ``model`` of a config.

    Raises:
        InputError: The weights come from torchvision, which is not installed.
        FileNotFoundError: The file of the weights does not exist.
    """
    init = (model.get('backbone') or {}).get('init_cfg') or {}
    source = str(init.get('checkpoint', ''))
    if source.startswith('torchvision://') and not find_spec('torchvision'):
        raise InputError(
            f'the backbone starts from {source}, which needs torchvision: '
            'install the version that belongs to your PyTorch, '
            f'{torch.__version__} (https://pytorch.org/get-started/locally/), '
            'or start from scratch: --cfg-options '
            'model.backbone.init_cfg=None model.backbone.frozen_stages=-1'
        )
    if source and not is_remote(source) and not os.path.isfile(source):
        raise FileNotFoundError(
            f'the backbone starts from {source}, which does not exist: name '
            'your file, --cfg-options model.backbone.init_cfg.checkpoint=FILE '
            '("mmdmr convert_backbone" makes such a file from the weights of '
            'another library)'
        )
