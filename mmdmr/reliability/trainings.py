"""A training in a process of its own, as ``mmdmr train`` starts it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mmdmr.errors import InputError

_OUTPUT = 'output.txt'


@contextmanager
def training(config: Path, work_dir: Path) -> Iterator[subprocess.Popen]:
    """Start a training, resumed from its last checkpoint if it has one.

    Args:
        config (Path): Config file.
        work_dir (Path): Folder of the training, which exists. What the
            training prints is added to its file ``output.txt``.

    Yields:
        subprocess.Popen: The process, which is killed at the end of the
        ``with`` block.
    """
    command = [sys.executable, '-m', 'mmdmr', 'train', str(config)]
    command += ['--work-dir', str(work_dir), '--resume']
    with (work_dir / _OUTPUT).open('ab') as output:
        # Its own session: a kill takes the data-loading processes, too.
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen) -> None:
    """Kill a training with its data-loading processes (SIGKILL).

    Args:
        process (subprocess.Popen): Process of :func:`training`.
    """
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def failure(work_dir: Path) -> InputError:
    """Make the error for a training that ended by itself too early.

    Args:
        work_dir (Path): Folder of the training.

    Returns:
        InputError: Error with the last lines that the training printed.
    """
    output = (work_dir / _OUTPUT).read_text('utf-8', 'replace')
    return InputError(
        f'the training fails, see {work_dir / _OUTPUT}:\n'
        + '\n'.join(output.splitlines()[-5:])
    )


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read what a hook has written down, without a line that is cut short.

    Args:
        path (Path): File of JSON lines, which may not exist yet.

    Returns:
        list[dict[str, Any]]: The lines.

    Example:
        >>> read_lines(Path('not written yet'))
        []
    """
    if not path.exists():
        return []
    whole = path.read_text('utf-8').split('\n')[:-1]
    return [json.loads(line) for line in whole]
