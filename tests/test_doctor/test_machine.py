"""Reading the limits of this machine."""

import os
import resource

import pytest

from mmdmr.doctor import machine
from mmdmr.doctor.machine import read_machine


def test_this_machine(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('OMP_NUM_THREADS', '3')
    monkeypatch.delenv('CUDA_VISIBLE_DEVICES', raising=False)
    found = read_machine()
    assert found.cores == len(os.sched_getaffinity(0))
    assert 0 < found.available <= os.sysconf('SC_PHYS_PAGES') * 4096 * 16
    assert found.folder == str(tmp_path) and found.writable
    assert found.open_files == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert found.omp_threads == '3' and found.visible_gpus is None


@pytest.mark.parametrize(
    'text, cores', [('200000 100000\n', 2.0), ('max 100000\n', None)]
)
def test_quota(tmp_path, text, cores):
    (tmp_path / 'cpu.max').write_text(text)
    assert machine._quota(tmp_path / 'cpu.max') == cores
    assert machine._quota(tmp_path / 'none') is None


def test_memory(tmp_path):
    path = tmp_path / 'meminfo'
    path.write_text('MemTotal:  100 kB\nMemFree: 1 kB\nMemAvailable: 7 kB\n')
    assert machine._memory(path) == (102400, 7168)
    path.write_text('MemTotal:  100 kB\n')
    assert machine._memory(path) == (102400, None)


@pytest.mark.parametrize('text, number', [('12\n', 12), ('max\n', None)])
def test_limit_of_a_container(tmp_path, text, number):
    (tmp_path / 'memory.max').write_text(text)
    assert machine._number(tmp_path / 'memory.max') == number


def test_driver(tmp_path, monkeypatch):
    path = tmp_path / 'version'
    path.write_text(
        'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.90.07  Fri May\n'
        'GCC version:  gcc version 12.3.0\n'
    )
    assert machine._driver(path) == '550.90.07'
    monkeypatch.setenv('PATH', str(tmp_path))
    assert machine._driver(tmp_path / 'none') is None
    (tmp_path / 'nvidia-smi').touch(mode=0o755)
    assert machine._driver(tmp_path / 'none') == 'of unknown version'
