"""``mmdmr publish_model``: the weights that searching needs."""

import hashlib
import io
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import torch

from mmdmr.engine.checkpoint import TRAINING_PARTS, read_checkpoint
from mmdmr.errors import InputError
from mmdmr.files import atomic_path


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Keep the weights that searching needs, without '
        'optimizer, memory and key encoder. The file can be tested with and '
        'started from (load_from), but a training cannot be resumed from it.'
    )
    parser.add_argument('checkpoint', help='checkpoint of a training')
    parser.add_argument(
        'out',
        help='file to write; the first eight characters of its SHA-256 are '
        'added to the name',
    )


def run(args: Namespace) -> int:
    """Strip a checkpoint and name it by its hash.

    Returns:
        int: 0.

    Raises:
        InputError: An argument or a file is wrong.
    """
    out = Path(args.out)
    if out.is_dir():
        raise IsADirectoryError(f'{args.out} is a folder; name a .pth file')
    checkpoint = read_checkpoint(args.checkpoint)
    if all(
        name.startswith(TRAINING_PARTS) for name in checkpoint['state_dict']
    ):
        raise InputError(
            f'{args.checkpoint} holds no weight that searching needs'
        )
    content = io.BytesIO()
    torch.save(_published(checkpoint), content)
    digest = hashlib.sha256(content.getbuffer()).hexdigest()
    name = out.name.removesuffix('.pth')
    target = out.with_name(f'{name}-{digest[:8]}.pth')
    with atomic_path(target) as draft:
        draft.write_bytes(content.getbuffer())
    size = Path(args.checkpoint).stat().st_size
    print(
        f'{target}: {target.stat().st_size / 1e6:.1f} MB of '
        f'{size / 1e6:.1f} MB'
    )
    return 0


def _published(checkpoint: dict[str, Any]) -> dict[str, Any]:
    """Meta information and weights of a checkpoint, without training parts."""
    return dict(
        meta=checkpoint.get('meta', {}),
        state_dict={
            name: value
            for name, value in checkpoint['state_dict'].items()
            if not name.startswith(TRAINING_PARTS)
        },
    )
