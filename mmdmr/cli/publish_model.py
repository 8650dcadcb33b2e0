"""``mmdmr publish_model``: weights to hand on, without what training needs."""

import hashlib
import io
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

import torch

from mmdmr.cli.errors import input_errors
from mmdmr.engine.checkpoint import TRAINING_PARTS, read_checkpoint
from mmdmr.engine.safe_globals import register_safe_globals


def main(argv: Sequence[str] | None = None) -> int:
    """Strip a checkpoint and name it by its hash.

    Args:
        argv (Sequence[str], optional): Arguments. Defaults to those of the
            process.

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
            raise ValueError(
                f'{args.checkpoint} holds no weight that searching needs'
            )
    published = dict(
        meta=checkpoint.get('meta', {}),
        state_dict={
            name: value
            for name, value in checkpoint['state_dict'].items()
            if not name.startswith(TRAINING_PARTS)
        },
    )
    out = Path(args.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    content = io.BytesIO()
    torch.save(published, content)
    digest = hashlib.sha256(content.getbuffer()).hexdigest()
    name = out.name.removesuffix('.pth')
    target = out.with_name(f'{name}-{digest[:8]}.pth')
    target.write_bytes(content.getbuffer())
    size = Path(args.checkpoint).stat().st_size
    print(
        f'{target}: {target.stat().st_size / 1e6:.1f} MB of '
        f'{size / 1e6:.1f} MB'
    )
    return 0


def _parse(argv: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(
        'mmdmr publish_model',
        description='Keep the weights that searching needs, without '
        'optimizer, memory and key encoder. Others can test with them or '
        'start from them (load_from), but not resume.',
    )
    parser.add_argument('checkpoint', help='checkpoint of a training')
    parser.add_argument(
        'out',
        help='file to write; eight characters of its SHA-256 are put behind '
        'its name',
    )
    return parser.parse_args(argv)
