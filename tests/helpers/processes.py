"""Processes that a test starts, and finds by Linux's /proc."""

import os
import signal
import socket
import sys
from pathlib import Path


def environment(*folders, **variables):
    """Variables for a shell script of ours: its ``python`` is this one.

    Args:
        *folders (Path): Folders in which its processes find modules.
        **variables (str): More variables.
    """
    paths = [*map(str, folders), os.environ.get('PYTHONPATH', '')]
    return {
        **os.environ,
        'PATH': f'{Path(sys.executable).parent}:{os.environ["PATH"]}',
        'PYTHONPATH': ':'.join(filter(None, paths)),
        'PORT': str(free_port()),
        **variables,
    }


def hear_ctrl_c():
    """Let a process end at SIGINT, also below a shell's background job.

    For ``preexec_fn``: such a shell starts its processes with SIGINT ignored,
    and those below inherit it.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def free_port():
    """Number of a port that no process uses."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        return free.getsockname()[1]


def descendants(pid):
    """Names of the processes below a process, by their ids."""
    parents, names = {}, {}
    for folder in Path('/proc').glob('[0-9]*'):
        try:
            # "id (name) state parent ...": the name may hold parentheses.
            fields = (folder / 'stat').read_text().rpartition(')')[2].split()
            name = (folder / 'cmdline').read_bytes().decode()
        except OSError:  # it has just ended
            continue
        if fields[0] != 'Z':
            parents[int(folder.name)] = int(fields[1])
            names[int(folder.name)] = name
    found = {}
    for child, name in names.items():
        above = parents[child]
        while above in parents and above != pid:
            above = parents[above]
        if above == pid:
            found[child] = name
    return found
