"""Times of parts; no time is compared with another."""

import pytest
import torch

from mmdmr.benchmark.testing.parts import Clock, first


@pytest.fixture
def clock(monkeypatch):
    """A clock that moves by a second each time it is read."""
    clock, ticks = Clock(torch.device('cpu')), iter(range(100))
    monkeypatch.setattr(clock, '_now', lambda: float(next(ticks)))
    return clock


def test_times_of_a_part_add_up_also_after_an_error(clock):
    with clock.timed('a'):
        pass
    with pytest.raises(KeyError), clock.timed('a'):
        raise KeyError
    assert clock.seconds == dict(a=2.0)


def test_a_method_is_watched_for_a_while(clock):
    module = torch.nn.Linear(2, 3)
    with clock.watching(module, 'forward', 'a'):
        assert module(torch.ones(1, 2)).shape == (1, 3)
    module(torch.ones(1, 2))
    assert clock.seconds == dict(a=1.0)
    assert 'forward' not in vars(module)


def test_waiting_for_items(clock):
    assert [*clock.each('abc', 'a')] == ['a', 'b', 'c']
    # The end is waited for, too.
    assert clock.seconds == dict(a=4.0)


def test_no_item_too_many_is_made():
    made = iter('abc')
    assert [*first(made, 2)] == ['a', 'b']
    assert next(made) == 'c'
