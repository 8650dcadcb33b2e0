"""``mmdmr publish_model``: the weights that searching needs."""

import hashlib
import io
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from mmdmr.cli.errors import input_errors
from mmdmr.engine.checkpoint import TRAINING_PARTS, read_checkpoint
from mmdmr.engine.safe_globals import register_safe_globals
from mmdmr.errors import InputError
from mmdmr.files import atomic_path


def main(argv: Sequence[str] | None = None) -> int:
    """Strip a checkpoint and name it by its hash.

    Args:
        argv (Sequence[str] | None): Arguments. Defaults to None:
            ``sys.argv[1:]``.

    Returns:
        int: 0. Wrong input exits with code 2.
    """
    args = _parse(argv)
    register_safe_globals()
    with input_errors('publish_model'):
        checkpoint = read_checkpoint(args.checkpoint)
        if all(
            name.startswith(TRAINING_PARTS)
            for name in checkpoint['state_dict']
        ):
            raise InputError(
                f'{args.checkpoint} holds no weight that searching needs'
            )
    content = io.BytesIO()
    torch.save(_published(checkpoint), content)
    digest = hashlib.sha256(content.getbuffer()).hexdigest()
    out = Path(args.out)
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


def _parse(argv: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(
        'mmdmr publish_model',
        description='Keep the weights that searching needs, without '
        'optimizer, memory and key encoder. The file can be tested with and '
        'started from (load_from), but a training cannot be resumed from it.',
    )
    parser.add_argument('checkpoint', help='checkpoint of a training')
    parser.add_argument(
        'out',
        help='file to write; the first eight characters of its SHA-256 are '
        'added to the name',
    )
    return parser.parse_args(argv)
