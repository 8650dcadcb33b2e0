"""Keep freed memory in the process, which makes training on a CPU faster."""

import ctypes
import os
import sys
from collections.abc import Mapping

#: Environment variable: 0 leaves the memory allocator as it is.
SWITCH = 'MMDMR_KEEP_MEMORY'
# glibc's numbers of the parameters, from malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4
#: Parameters of glibc's ``mallopt``, each with its value.
_SETTINGS = (
    # No allocation gets a mapping of its own, which a free would give back.
    (_M_MMAP_MAX, 0),
    # The top of the heap is never given back: -1 is the largest number.
    (_M_TRIM_THRESHOLD, -1),
)


def keep_memory(environ: Mapping[str, str] = os.environ) -> str:
    """Make glibc's allocator keep freed memory for later allocations.

    By default glibc returns a large tensor to the kernel when the tensor is
    freed. The next large tensor then starts without memory, and the kernel
    fills in its pages with zeros, one by one. A training on a CPU spends up to
    a third of the processor time in this way. With kept memory, a tensor takes
    the pages of an earlier one. Results are the same. The process holds its
    peak of memory until :func:`trim_memory` is called, or until it ends.

    Call the function before the large allocations. It changes the whole
    process, and processes forked from it. The settings are those of the
    environment variables ``MALLOC_MMAP_MAX_=0`` and ``MALLOC_TRIM_THRESHOLD_``
    (without limit), which take effect at the start of a process only.

    Nothing is changed on systems without glibc, with ``MMDMR_KEEP_MEMORY=0``,
    or if the user chose otherwise by an environment variable: ``MALLOC_*``,
    ``GLIBC_TUNABLES`` with a ``glibc.malloc`` entry, or ``LD_PRELOAD`` with
    another allocator, such as jemalloc, tcmalloc or mimalloc.

    Args:
        environ (Mapping[str, str]): Environment variables by name. Defaults to
            the variables of the process.

    Returns:
        str: A sentence for the log: what was done, or why nothing was.

    Example:
        >>> keep_memory({'MMDMR_KEEP_MEMORY': '0'})
        'Freed memory goes back to the system: MMDMR_KEEP_MEMORY is 0.'
    """
    reason = _reason_against(environ)
    if reason is None and not all(
        _mallopt(parameter, value) for parameter, value in _SETTINGS
    ):
        reason = 'mallopt refused a setting'
    if reason is not None:
        return f'Freed memory goes back to the system: {reason}.'
    return (
        'Freed memory is kept for later allocations; the environment variable '
        f'{SWITCH}=0 switches this off.'
    )


def trim_memory(environ: Mapping[str, str] = os.environ) -> bool:
    """Give memory that is free at this moment back to the system, once.

    Call the function between two phases of a program that need memory in
    different sizes, such as an epoch and a validation. Pieces of free memory
    that fit no later allocation would pile up otherwise, since
    :func:`keep_memory` keeps them. The next large tensors then start without
    memory, once.

    Nothing is done where :func:`keep_memory` changes nothing.

    Args:
        environ (Mapping[str, str]): Environment variables by name. Defaults to
            the variables of the process.

    Returns:
        bool: True if the allocator gave something back.

    Example:
        >>> trim_memory({'MMDMR_KEEP_MEMORY': '0'})
        False
    """
    return _reason_against(environ) is None and _malloc_trim()


def _reason_against(environ: Mapping[str, str]) -> str | None:
    """Why the allocator has to be left as it is, or None."""
    if environ.get(SWITCH) == '0':
        return f'{SWITCH} is 0'
    if not _has_glibc():
        return 'the allocator is not that of glibc'
    chosen = [name for name in environ if name.startswith('MALLOC_')]
    if 'glibc.malloc' in environ.get('GLIBC_TUNABLES', ''):
        chosen.append('GLIBC_TUNABLES')
    # libjemalloc, libtcmalloc, libmimalloc: every known one says what it is.
    if 'malloc' in environ.get('LD_PRELOAD', ''):
        chosen.append('LD_PRELOAD')
    if chosen:
        return f'the allocator is chosen by {", ".join(chosen)}'
    return None


def _has_glibc() -> bool:
    """True if the process runs on the C library of GNU."""
    return sys.platform == 'linux' and hasattr(
        ctypes.CDLL(None), 'gnu_get_libc_version'
    )


def _mallopt(parameter: int, value: int) -> bool:
    """Set a parameter of glibc's allocator; True if glibc accepts it."""
    return bool(ctypes.CDLL(None).mallopt(parameter, value))


def _malloc_trim() -> bool:
    """Give all free pages of glibc's allocator back; True if there were any.

    Pages within the heap count, not those at its end alone.
    """
    return bool(ctypes.CDLL(None).malloc_trim(0))
