"""What MMEngine's log does not tell of a run: command and versions."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import mmcv
import mmdet

from mmdmr.version import __version__


def describe_run(argv: Sequence[str]) -> str:
    """Describe a run in the form of MMEngine's description.

    Args:
        argv (Sequence[str]): Program and arguments of the process.

    Returns:
        str: Lines ``NAME: VALUE``, indented.

    Example:
        >>> print(describe_run(['/usr/bin/mmdmr', 'train', 'my config.py']))
        ... # doctest: +ELLIPSIS
        Run:
            Command: mmdmr train 'my config.py'
            mmdmr: ...
            MMDetection: ...
            MMCV: ...
    """
    program = Path(argv[0]).name
    if program == '__main__.py':  # python -m mmdmr
        program = 'mmdmr'
    return (
        f'Run:\n    Command: {shlex.join([program, *argv[1:]])}\n'
        f'    mmdmr: {__version__}\n'
        f'    MMDetection: {mmdet.__version__}\n'
        f'    MMCV: {mmcv.__version__}'
    )
