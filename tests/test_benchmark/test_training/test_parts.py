"""Parts by a clock that a test moves."""

import time
from types import SimpleNamespace

import pytest
import torch

from mmdmr.benchmark.training.parts import PartClock


@pytest.fixture
def wait(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, 'perf_counter', lambda: now[0])

    def wait(seconds):
        now[0] += seconds

    return wait


def test_time_counts_for_the_innermost_part(wait):
    clock = PartClock(torch.device('cpu'))
    wait(7)  # no part is open
    with clock.part('outer'):
        wait(1)
        with clock.part('inner'):
            wait(2)
        wait(4)
        with clock.part('inner'):
            wait(8)
    wait(7)
    with clock.part('last'):
        wait(16)
    expected = {'outer': 5, 'inner': 10, 'last': 16}
    assert clock.pop_seconds() == expected
    assert clock.pop_seconds() == {}


def test_methods_are_watched_from_outside(wait):
    class Owner:
        def work(self, seconds, *, result):
            wait(seconds)
            return result

    clock, owner, other = PartClock(torch.device('cpu')), Owner(), Owner()
    clock.watch(owner, 'work', 'part')
    assert owner.work(3, result='done') == 'done'
    assert other.work(5, result=1) == 1
    assert clock.pop_seconds() == {'part': 3}


def test_an_error_ends_its_part(wait):
    class Owner:
        def fail(self):
            wait(1)
            raise ValueError('broken')

    clock, owner = PartClock(torch.device('cpu')), Owner()
    clock.watch(owner, 'fail', 'part')
    with pytest.raises(ValueError, match='broken'):
        owner.fail()
    wait(5)
    assert clock.pop_seconds() == {'part': 1}


def test_events_of_a_gpu(monkeypatch):
    """On a GPU, events are recorded; nothing waits before the end."""
    log, now = [], [0.0]

    class Event:
        def __init__(self, enable_timing):
            assert enable_timing

        def record(self):
            log.append('record')
            now[0] += 1000
            self.moment = now[0]

        def elapsed_time(self, later):
            assert log[-1] == 'synchronize'
            return later.moment - self.moment

    cuda = SimpleNamespace(
        Event=Event, synchronize=lambda: log.append('synchronize')
    )
    monkeypatch.setattr(torch, 'cuda', cuda)
    clock = PartClock(torch.device('cuda'))
    with clock.part('a'), clock.part('b'):
        pass
    assert log == ['record'] * 4
    assert clock.pop_seconds() == {'a': 2, 'b': 1}
