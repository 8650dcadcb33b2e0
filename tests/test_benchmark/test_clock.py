"""Times of functions that do not hurry."""

import time

from mmdmr.benchmark.clock import fastest, seconds


def test_a_call_takes_its_time():
    assert seconds(lambda: time.sleep(0.02)) >= 0.02


def test_the_shortest_of_several_calls_counts():
    naps = iter([0.05, 0.0, 0.05])
    assert fastest(lambda: time.sleep(next(naps)), 3) < 0.05
    assert next(naps, None) is None
