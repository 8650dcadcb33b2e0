"""Work ahead, in threads."""

import threading
import time

import pytest

from mmdmr.errors import InputError
from mmdmr.media.prefetch import prefetch


@pytest.mark.parametrize('workers, ahead', [(1, 1), (2, 3), (4, 100)])
def test_values_are_in_order(workers, ahead):
    def slow_first(item):
        time.sleep(0.02 if item % 3 == 0 else 0)
        return item * item

    fetched = list(prefetch(range(20), slow_first, workers, ahead))
    assert [(i.item, i.value, i.error) for i in fetched] == [
        (i, i * i, None) for i in range(20)
    ]


def test_bad_files_do_not_end_the_work():
    def read(item):
        if item == 1:
            raise InputError('bad')
        if item == 2:
            raise PermissionError('secret')
        return item

    fetched = list(prefetch(range(4), read))
    assert [i.value for i in fetched] == [0, None, None, 3]
    assert [type(i.error) for i in fetched] == [
        *(type(None), InputError, PermissionError, type(None))
    ]


def test_a_bug_is_raised():
    with pytest.raises(ZeroDivisionError):
        list(prefetch([1, 0, 2], lambda item: 1 / item))


def test_items_are_read_as_they_are_needed():
    read, begun = [], []

    def items():
        for item in range(1000):
            read.append(item)
            yield item

    fetched = prefetch(items(), begun.append, workers=2, ahead=4)
    assert not read
    for _ in range(3):
        next(fetched)
    assert len(read) <= 3 + 4
    fetched.close()
    assert len(begun) <= len(read) <= 3 + 4


@pytest.mark.parametrize('error', [GeneratorExit, KeyboardInterrupt])
def test_stopping_drops_what_was_not_begun(error):
    begun, gate = [], threading.Event()

    def work(item):
        begun.append(item)
        if item:
            gate.wait(0.2)
        return item

    fetched = prefetch(range(100), work, workers=1, ahead=50)
    next(fetched)
    with pytest.raises(error):
        fetched.throw(error())
    assert len(begun) <= 3
    assert not [t for t in threading.enumerate() if 'prefetch' in t.name]


def test_threads_end_after_an_error_of_the_items():
    def items():
        yield 1
        raise OSError('disk')

    with pytest.raises(OSError, match='disk'):
        list(prefetch(items(), str))
    assert not [t for t in threading.enumerate() if 'prefetch' in t.name]


def test_no_items():
    assert not list(prefetch([], str))
