"""``mmdmr convert_dmrnet``: the DMRNet authors' weights, for this package."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import torch

from mmdmr.engine.checkpoint import read_checkpoint
from mmdmr.files import atomic_path, check_new
from mmdmr.models.legacy.checkpoint import convert, describe


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        "Turn a checkpoint of DMRNet's release (RepPoints or "
        'RetinaNet) into a checkpoint of this package, for testing or for '
        'starting a training (load_from). The name of the matching config is '
        'printed.'
    )
    parser.add_argument('checkpoint', help="the authors' .pth file")
    parser.add_argument('out', help='file to write')


def run(args: Namespace) -> int:
    """Convert a released checkpoint.

    Returns:
        int: 0.

    Raises:
        InputError: An argument or a file is wrong.
    """
    out = Path(args.out)
    check_new(out)
    state_dict = read_checkpoint(args.checkpoint)['state_dict']
    kept, dropped = convert(state_dict)
    description = describe(state_dict)
    # An open file raises an error of the system if it cannot be written.
    with atomic_path(out) as draft, draft.open('wb') as file:
        meta = dict(dataset_meta=dict(classes=('person',)))
        torch.save(dict(meta=meta, state_dict=kept), file)
    print(f'{out}: {description}')
    print(f'{len(kept)} of {len(state_dict)} entries kept')
    for name, reason in dropped.items():
        print(f'dropped {name}: {reason}')
    return 0
