"""Freed memory stays in the process, unless the user chose otherwise."""

import subprocess
import sys

import pytest

from mmdmr.engine import allocator
from mmdmr.engine.allocator import keep_memory, trim_memory

#: Prints what keep_memory() says, the memory left after a free in MB, what
#: trim_memory() returns, and the memory left after it.
#: A process of its own: the settings of an allocator cannot be taken back.
PROGRAM = """
import runpy, sys
functions = runpy.run_path(sys.argv[1])
def resident():
    return int(open('/proc/self/statm').read().split()[1]) * 4096 / 2**20
said = functions['keep_memory']()
before = resident()
large = [b'x' * 2**20 for _ in range(64)]
# Free memory in front of it is not at the end of the heap.
last = b'x' * 2**20
assert resident() > before + 60
del large
kept = resident() - before
trimmed = functions['trim_memory']()
print(said, kept, trimmed, resident() - before, sep='|')
"""

needs_glibc = pytest.mark.skipif(
    not allocator._has_glibc(), reason='the C library is not glibc'
)


def free_64_mb(**variables):
    """Run :data:`PROGRAM`; what it said, the MB kept before a trim and after,
    and whether the trim found something.
    """
    output = subprocess.run(
        [sys.executable, '-c', PROGRAM, allocator.__file__],
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    said, kept, trimmed, left = output.split('|')
    return said, float(kept), float(left), trimmed == 'True'


@needs_glibc
def test_freed_memory_is_kept_until_it_is_trimmed():
    said, kept, left, trimmed = free_64_mb()
    assert said.startswith('Freed memory is kept')
    assert kept > 60
    assert trimmed
    assert left < 4


@needs_glibc
def test_the_switch_leaves_the_allocator_as_it_is():
    said, kept, _, trimmed = free_64_mb(MMDMR_KEEP_MEMORY='0')
    assert said.endswith('MMDMR_KEEP_MEMORY is 0.')
    assert kept < 4
    assert not trimmed


@pytest.fixture
def settings(monkeypatch):
    """The settings that would be made, on a system with glibc."""
    made = {}

    def mallopt(parameter, value):
        made[parameter] = value
        return True

    def malloc_trim():
        made['trimmed'] = True
        return True

    monkeypatch.setattr(allocator, '_has_glibc', lambda: True)
    monkeypatch.setattr(allocator, '_mallopt', mallopt)
    monkeypatch.setattr(allocator, '_malloc_trim', malloc_trim)
    return made


def test_settings_are_those_of_malloc_h(settings):
    """M_TRIM_THRESHOLD is -1, M_MMAP_MAX is -4."""
    for environ in ({}, {'MMDMR_KEEP_MEMORY': '1', 'PATH': '/malloc'}):
        settings.clear()
        assert keep_memory(environ).startswith('Freed memory is kept')
        assert settings == {-4: 0, -1: -1}


@pytest.mark.parametrize(
    'name, value',
    [
        ('MALLOC_ARENA_MAX', '2'),
        ('MALLOC_TRIM_THRESHOLD_', '100000'),
        ('GLIBC_TUNABLES', 'glibc.rtld.nns=2:glibc.malloc.hugetlb=1'),
        ('LD_PRELOAD', '/usr/lib/libtcmalloc_minimal.so.4'),
    ],
)
def test_a_choice_of_the_user_counts(settings, name, value):
    assert keep_memory({name: value}).endswith(f'chosen by {name}.')
    assert not trim_memory({name: value})
    assert settings == {}


def test_other_tunables_and_libraries_are_no_choice(settings):
    environ = {'GLIBC_TUNABLES': 'glibc.rtld.nns=2', 'LD_PRELOAD': 'libgl.so'}
    assert keep_memory(environ).startswith('Freed memory is kept')


def test_another_c_library_is_left_alone(settings, monkeypatch):
    monkeypatch.setattr(allocator, '_has_glibc', lambda: False)
    assert keep_memory({}).endswith('the allocator is not that of glibc.')
    assert not trim_memory({})
    assert settings == {}


def test_a_refused_setting_is_said(settings, monkeypatch):
    monkeypatch.setattr(allocator, '_mallopt', lambda parameter, value: False)
    assert keep_memory({}).endswith('mallopt refused a setting.')
