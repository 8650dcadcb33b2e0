"""Limits of the machine that end a training, or slow it down."""

from collections.abc import Iterator

from .facts import Facts, Machine
from .finding import Finding

_ISSUES = 'https://github.com'
_MB, _GB = 10**6, 10**9
#: Least shared memory: two workers hold some batches of large images each.
_SHARED = 1 * _GB
#: Least memory for a small training.
_MEMORY = 2 * _GB
#: Free space for checkpoints: a training keeps four, of up to 1 GB each.
_DISK = 5 * _GB
#: Least number of open files, the usual limit on Linux.
_OPEN_FILES = 1024


def check_machine(facts: Facts) -> Iterator[Finding]:
    """Judge the machine.

    Args:
        facts (Facts): The environment.

    Yields:
        Finding: Lines about cores, memory, disk, limits and encoding.
    """
    machine = facts.machine
    yield Finding('ok', f'{machine.system}, {_describe_cores(machine)}')
    yield from _check_threads(machine)
    yield from _check_memory(machine)
    if facts.torch is not None:
        yield from _check_shared(machine)
        yield from _check_open_files(machine)
    yield from _check_folder(machine)
    if machine.encoding.replace('-', '') != 'utf8':
        yield Finding(
            'warning',
            f'The locale encodes texts as {machine.encoding}, not as UTF-8: '
            'names of files may be shown as escapes.',
            command='export LC_ALL=C.UTF-8',
        )


def _describe_cores(machine: Machine) -> str:
    cores = f'{machine.cores} core{"s" if machine.cores > 1 else ""}'
    fast = ' and '.join(machine.bfloat16)
    return (
        f'{machine.cpu}, {cores}, '
        + (f'{fast} for --amp' if fast else 'no instructions for bfloat16')
        + f', OMP_NUM_THREADS={machine.omp_threads or "unset"}'
    )


def _check_threads(machine: Machine) -> Iterator[Finding]:
    quota = machine.quota
    if quota is None or quota >= machine.cores or machine.omp_threads:
        return
    yield Finding(
        'warning',
        f'The container may keep {quota:g} of {machine.cores} cores busy, but '
        f'libraries start {machine.cores} threads, which wait for each other.',
        command=f'export OMP_NUM_THREADS={max(1, int(quota))}',
        source=f'{_ISSUES}/llvm/llvm-project/issues/225493',
    )


def _check_memory(machine: Machine) -> Iterator[Finding]:
    if machine.memory is None:
        return
    text = f'{machine.memory / _GB:.1f} GB of memory'
    if machine.available is None:
        yield Finding('ok', text)
        return
    text += f', {min(machine.available, machine.memory) / _GB:.1f} GB free'
    if min(machine.available, machine.memory) >= _MEMORY:
        yield Finding('ok', text)
    else:
        yield Finding(
            'warning',
            f'{text}: a training may be ended by the system.',
            'Close other programs, or give the container more memory.',
        )


def _check_shared(machine: Machine) -> Iterator[Finding]:
    if machine.shared is None or machine.shared >= _SHARED:
        return
    yield Finding(
        'warning',
        f'/dev/shm has {machine.shared / _MB:.0f} MB: workers that load '
        'images end with "bus error".',
        'Start the container with --shm-size=8g or --ipc=host. Or load '
        'without workers: --cfg-options train_dataloader.num_workers=0 '
        'train_dataloader.persistent_workers=False.',
        source=f'{_ISSUES}/open-mmlab/mmdetection/issues/929',
    )


def _check_open_files(machine: Machine) -> Iterator[Finding]:
    if machine.open_files is None or machine.open_files < 0:  # unlimited
        return
    if machine.open_files < _OPEN_FILES:
        yield Finding(
            'warning',
            f'Only {machine.open_files} files may be open: workers that load '
            'images end with "too many open files".',
            command='ulimit -n 4096',
            source=f'{_ISSUES}/pytorch/pytorch/issues/973',
        )


def _check_folder(machine: Machine) -> Iterator[Finding]:
    if not machine.writable:
        yield Finding(
            'warning',
            f'{machine.folder} cannot be written to, and work_dirs is made '
            'there.',
            'Change to a folder of your own, or name one by --work-dir.',
        )
    if machine.disk is None:
        return
    text = f'{machine.disk / _GB:.1f} GB free in {machine.folder}'
    if machine.disk >= _DISK:
        yield Finding('ok', text)
    else:
        yield Finding(
            'warning',
            f'{text}: checkpoints of a training may not fit.',
            'Free some space, or name another disk by --work-dir.',
        )
