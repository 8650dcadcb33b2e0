"""Options of the tools that compute on a device that is named."""

from argparse import ArgumentParser

import torch

from mmdmr.cli.argument_types import whole


def add_device_options(parser: ArgumentParser, does: str) -> None:
    """Add ``--threads`` and ``--device``.

    Args:
        parser (ArgumentParser): Parser of the tool.
        does (str): What the device does, for the help: ``trains``.
    """
    parser.add_argument(
        '--threads', type=whole(1), help="PyTorch's threads (default: its own)"
    )
    parser.add_argument(
        '--device',
        choices=('cpu', 'cuda'),
        default='cuda' if torch.cuda.is_available() else 'cpu',
        help=f'device that {does}',
    )
