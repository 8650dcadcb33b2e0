"""What a process holds: memory and open file handles."""

import multiprocessing
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmdmr.benchmark.memory import current_memory, peak_memory

#: Folders with an entry for each open handle: Linux, macOS.
_HANDLES = ('/proc/self/fd', '/dev/fd')


class Resources(NamedTuple):
    """What a process holds at a moment.

    Args:
        memory (int): Resident memory in bytes; its peak so far on systems
            other than Linux.
        handles (int): Open file handles; 0 if the system does not tell.
        worker_memory (int): Resident memory of the largest process that this
            one started by ``multiprocessing``, in bytes; 0 without such a
            process, or if the system does not tell.
    """

    memory: int
    handles: int
    worker_memory: int


def held_resources() -> Resources:
    """Look at what this process holds.

    Returns:
        Resources: Memory and handles.

    Example:
        >>> held_resources().memory > 10**6
        True
    """
    workers = multiprocessing.active_children()
    return Resources(
        current_memory() or peak_memory(),
        _open_handles(),
        max((_memory_of(worker.pid) for worker in workers), default=0),
    )


def rise(values: Sequence[float]) -> float:
    """Difference between the last tenth of a series and the first.

    Args:
        values (Sequence[float]): Measurements in the order of time, one or
            more.

    Returns:
        float: Median of the last tenth minus median of the first. A peak in
        one measurement changes neither.

    Example:
        >>> rise([5, 9, 5, 5, 6, 5, 6, 6, 7, 7])
        2.0
    """
    tenth = max(len(values) // 10, 1)
    return float(np.median(values[-tenth:]) - np.median(values[:tenth]))


def _open_handles() -> int:
    for folder in _HANDLES:
        if os.path.isdir(folder):
            # The listing has a handle of its own.
            return len(os.listdir(folder)) - 1
    return 0


def _memory_of(pid: int | None) -> int:
    try:
        pages = Path(f'/proc/{pid}/statm').read_text('utf-8').split()[1]
    except (OSError, IndexError):
        return 0  # another system, or the process has just ended
    return int(pages) * os.sysconf('SC_PAGE_SIZE')
