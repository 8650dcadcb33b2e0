"""``mmdmr convert_dmrnet``: the DMRNet authors' weights, for this package."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

import torch

from mmdmr.cli.errors import input_errors
from mmdmr.engine.checkpoint import read_checkpoint
from mmdmr.files import atomic_path, check_new
from mmdmr.models.legacy.checkpoint import convert, describe


def main(argv: Sequence[str] | None = None) -> int:
    """Convert a released checkpoint.

    Args:
        argv (Sequence[str] | None): Arguments. Defaults to None:
            ``sys.argv[1:]``.

    Returns:
        int: 0. Wrong input exits with code 2.
    """
    args = _parse(argv)
    out = Path(args.out)
    with input_errors('convert_dmrnet'):
        check_new(out)
        state_dict = read_checkpoint(args.checkpoint)['state_dict']
        kept, dropped = convert(state_dict)
    with atomic_path(out) as draft:
        meta = dict(dataset_meta=dict(classes=('person',)))
        torch.save(dict(meta=meta, state_dict=kept), draft)
    print(f'{out}: {describe(state_dict)}')
    print(f'{len(kept)} of {len(state_dict)} entries kept')
    for name, reason in dropped.items():
        print(f'dropped {name}: {reason}')
    return 0


def _parse(argv: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(
        'mmdmr convert_dmrnet',
        description="Turn a checkpoint of DMRNet's release (RepPoints or "
        'RetinaNet) into a checkpoint of this package, for testing or for '
        'starting a training (load_from). The name of the matching config is '
        'printed.',
    )
    parser.add_argument('checkpoint', help="the authors' .pth file")
    parser.add_argument('out', help='file to write')
    return parser.parse_args(argv)
