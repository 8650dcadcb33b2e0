"""Memory of this process."""

import sys
from pathlib import Path


def peak_memory() -> int:
    """Peak memory of this process.

    Returns:
        int: Greatest resident set so far, in bytes.
    """
    # getrusage() would remember the parent's memory across exec.
    peak = _from_status('VmHWM')
    if peak is not None:
        return peak
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == 'darwin' else 1024 * peak


def current_memory() -> int | None:
    """Memory of this process now.

    Returns:
        int | None: Resident set in bytes; None if the system does not tell.
    """
    return _from_status('VmRSS')


def _from_status(key: str) -> int | None:
    """Bytes of an entry of Linux's status file, None on other systems."""
    status = Path('/proc/self/status')
    if not status.exists():
        return None
    (line,) = (
        x
        for x in status.read_text('utf-8').splitlines()
        if x.startswith(f'{key}:')
    )
    return 1024 * int(line.split()[1])
