"""The end of a run of torchrun in which a process has failed."""

import pytest
from torch.distributed import run
from torch.distributed.elastic.multiprocessing.errors import (
    ChildFailedError,
    ProcessFailure,
)

from mmdmr.cli import launcher


@pytest.mark.parametrize(
    'code, words',
    [
        (-9, 'exit code -9: it was killed'),
        (1, 'exit code 1: its traceback'),
        (2, 'exit code 2: its message'),
        (-11, 'exit code -11: see its lines'),
    ],
)
def test_the_end_is_the_table_and_a_line(code, words, monkeypatch, capsys):
    failures = {
        rank: ProcessFailure(rank, pid, exitcode, error_file='')
        for rank, pid, exitcode in ((0, 70, -15), (1, 77, code))
    }
    failures[1].timestamp -= 5

    def main():
        raise ChildFailedError('train.py', failures)

    monkeypatch.setattr(run, 'main', main)
    assert launcher.main() == 1
    err = capsys.readouterr().err
    assert 'Root Cause' in err and 'Traceback' not in err
    last = err.splitlines()[-1]
    assert last.startswith('error: rank 1 (process 77 on ') and words in last


def test_without_a_failure_nothing_is_said(monkeypatch, capsys):
    monkeypatch.setattr(run, 'main', lambda: None)
    assert launcher.main() == 0
    assert not capsys.readouterr().err
