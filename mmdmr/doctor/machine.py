"""Reading the limits of a machine and of this process."""

import locale
import os
import platform
import shutil
import sys
from pathlib import Path

from mmdmr.cpu import bfloat16_instructions, cpu_name

from .facts import Machine


def read_machine() -> Machine:
    """Look at the machine; what a system does not tell stays unknown.

    Returns:
        Machine: The machine.
    """
    memory, available = _memory(Path('/proc/meminfo'))
    limit = _number(Path('/sys/fs/cgroup/memory.max'))
    if limit is not None and memory is not None:
        memory = min(memory, limit)
    folder = os.getcwd()
    return Machine(
        system=f'{platform.system()} {platform.machine()}',
        cpu=cpu_name(),
        bfloat16=tuple(bfloat16_instructions()),
        cores=_cores(),
        quota=_quota(Path('/sys/fs/cgroup/cpu.max')),
        omp_threads=os.environ.get('OMP_NUM_THREADS'),
        memory=memory,
        available=available,
        shared=_shared('/dev/shm'),
        folder=folder,
        disk=shutil.disk_usage(folder).free,
        writable=os.access(folder, os.W_OK),
        open_files=_open_files(),
        encoding=_encoding(),
        driver=_driver(Path('/proc/driver/nvidia/version')),
        visible_gpus=os.environ.get('CUDA_VISIBLE_DEVICES'),
    )


def _cores() -> int:
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quota(path: Path) -> float | None:
    """Cores of a container: "200000 100000" are 2; "max 100000" are all."""
    if not path.is_file():
        return None
    quota, _, period = path.read_text('utf-8').strip().partition(' ')
    return None if quota == 'max' else int(quota) / int(period)


def _memory(path: Path) -> tuple[int | None, int | None]:
    """Bytes of memory, all and available, of Linux's table in kB."""
    if not path.is_file():
        return None, None
    lines = path.read_text('utf-8').splitlines()
    table = dict(line.split(':', 1) for line in lines if ':' in line)
    return tuple(  # type: ignore[return-value]
        1024 * int(table[key].split()[0]) if key in table else None
        for key in ('MemTotal', 'MemAvailable')
    )


def _number(path: Path) -> int | None:
    """Number in a file; None without a file or a number."""
    if not path.is_file():
        return None
    text = path.read_text('utf-8').strip()
    return int(text) if text.isdigit() else None


def _shared(folder: str) -> int | None:
    if not os.path.isdir(folder):
        return None
    return shutil.disk_usage(folder).total


def _open_files() -> int | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _encoding() -> str:
    if sys.flags.utf8_mode:
        return 'utf-8'
    return locale.getpreferredencoding(False).lower()


def _driver(path: Path) -> str | None:
    """Version of the NVIDIA driver: a loaded module, or its program."""
    if path.is_file():
        words = path.read_text('utf-8').split()
        versions = [w for w in words if w[:1].isdigit() and '.' in w]
        return versions[0] if versions else 'of unknown version'
    return 'of unknown version' if shutil.which('nvidia-smi') else None
