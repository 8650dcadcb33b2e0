"""Limits of a machine that end a training."""

import pytest

from mmdmr.doctor.facts import Facts, Machine, TorchFacts
from mmdmr.doctor.limits import check_machine

GB = 10**9
GOOD = dict(
    cores=8,
    memory=16 * GB,
    available=12 * GB,
    shared=8 * GB,
    disk=100 * GB,
    open_files=1024,
)


def warnings(torch=TorchFacts(), **changes):
    facts = Facts(torch=torch, machine=Machine(**{**GOOD, **changes}))
    found = list(check_machine(facts))
    assert {f.level for f in found} <= {'ok', 'warning'}
    return [f for f in found if f.level == 'warning']


@pytest.mark.parametrize(
    'changes',
    [
        {},
        dict(quota=8.0),
        dict(quota=2.0, omp_threads='2'),
        dict(open_files=-1),
        dict(encoding='utf8'),
        dict.fromkeys(('memory', 'available', 'shared', 'disk', 'open_files')),
        # Who does not train has no workers.
        dict(torch=None, shared=64 * 2**20, open_files=256),
    ],
)
def test_a_good_machine(changes):
    assert not warnings(**changes)


@pytest.mark.parametrize(
    'changes, text, cure',
    [
        (dict(shared=64 * 2**20), '67 MB', '--shm-size=8g'),
        (dict(open_files=256), 'Only 256', 'ulimit -n 4096'),
        (dict(quota=2.5), '2.5 of 8 cores', 'OMP_NUM_THREADS=2'),
        (dict(quota=0.5), '0.5 of 8 cores', 'OMP_NUM_THREADS=1'),
        (dict(available=GB), '1.0 GB free', 'more memory'),
        (dict(memory=GB), '1.0 GB of memory', 'more memory'),
        (dict(disk=GB), '1.0 GB free in', '--work-dir'),
        (dict(writable=False), 'cannot be written', '--work-dir'),
        (dict(encoding='ansi_x3.4-1968'), 'ansi_x3.4', 'LC_ALL=C.UTF-8'),
    ],
)
def test_a_limit_comes_with_its_cure(changes, text, cure):
    (found,) = warnings(**changes)
    assert text in found.text
    assert cure in found.command + found.advice
