"""Steps in a process that may crash or hang."""

import sys

import pytest

from mmdmr.doctor.child import run_steps

MAIN = 'mmdmr.doctor.probes.main'


@pytest.fixture
def modules(tmp_path):
    """Environment with modules that work, fail, crash or hang."""
    programs = {
        'good': 'import os; print("a line of a library"); '
        'os.write(1, b"one of its C++ part\\n")',
        'bad': 'raise OSError("libGL.so.1: cannot open\\n shared object")',
        'asks_to_exit': 'raise SystemExit(3)',
        'crashes': 'import os, signal; os.kill(os.getpid(), signal.SIGSEGV)',
        'ends': 'import os, sys; sys.stderr.write("OMP: Error #15\\n"); '
        'sys.stderr.flush(); os._exit(7)',
        'hangs': 'import time; time.sleep(60)',
    }
    for name, program in programs.items():
        (tmp_path / f'{name}.py').write_text(program)
    path = [str(tmp_path), *filter(None, sys.path)]
    return {'PYTHONPATH': ':'.join(path)}


def test_errors_are_answers(modules):
    found = run_steps(
        MAIN, ['good', 'bad', 'asks_to_exit', 'none'], 60, environment=modules
    )
    assert found['good'].error == ''
    assert found['bad'].error == (
        'OSError: libGL.so.1: cannot open shared object'
    )
    assert found['asks_to_exit'].error == 'SystemExit: 3'
    assert found['none'].error.startswith('ModuleNotFoundError: No module')


def test_a_crash_is_an_answer_and_the_rest_goes_on(modules):
    found = run_steps(
        MAIN, ['crashes', 'good', 'ends', 'json'], 60, environment=modules
    )
    assert 'ended by SIGSEGV' in found['crashes'].error
    assert found['good'].error == found['json'].error == ''
    assert found['ends'].error == (
        'the process ended with code 7: OMP: Error #15'
    )


def test_what_needs_a_failed_step_is_left_out(modules):
    needs = {'good': 'crashes', 'json': 'good'}
    found = run_steps(
        MAIN, ['crashes', 'good', 'csv'], 60, needs, environment=modules
    )
    assert set(found) == {'crashes', 'csv'}


def test_time_runs_out(modules):
    found = run_steps(MAIN, ['good', 'hangs'], 2, environment=modules)
    assert found['good'].error == ''
    assert found['hangs'].error == 'not done after 2 seconds'
