"""A function called ahead in threads, such as decoding images."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Generic, NamedTuple, TypeVar

from mmdmr.errors import InputError

Item = TypeVar('Item')
Value = TypeVar('Value')


class Fetched(NamedTuple, Generic[Item, Value]):
    """An item and what a function made of it.

    Attributes:
        item: The item.
        value: What the function returned; None after an error.
        error: The error that the function raised, if it was one of the
            user's files (InputError, OSError); else None.
    """

    item: Item
    value: Value | None
    error: InputError | OSError | None


def prefetch(
    items: Iterable[Item],
    function: Callable[[Item], Value],
    workers: int = 2,
    ahead: int = 8,
) -> Iterator[Fetched[Item, Value]]:
    """Call a function for each item, some items ahead, in threads.

    Functions that release Python's lock, such as those that decode images,
    run beside the caller. At most ``ahead`` values wait in memory. If the
    caller stops early or is interrupted, items that were not begun are
    dropped, and those that were are waited for.

    Args:
        items (Iterable[Item]): The items; read as they are needed, in the
            thread of the caller.
        function (Callable[[Item], Value]): Function of one item; it is called
            from several threads at a time.
        workers (int): Number of threads, at least 1. Defaults to 2.
        ahead (int): Largest number of items that are begun before they are
            asked for, at least 1. Defaults to 8.

    Yields:
        Fetched: Items in order, each with its value or its error. So one bad
        file does not end the work.

    Raises:
        Exception: An error of the function that is no error of the user's
            files: a bug.

    Example:
        >>> for name, size, error in prefetch(['a', 'bb'], len):
        ...     print(name, size)
        a 1
        bb 2
    """
    items = iter(items)
    with ThreadPoolExecutor(workers, thread_name_prefix='prefetch') as pool:
        waiting: deque[tuple[Item, Future[Value]]] = deque()
        try:
            while True:
                for item in islice(items, ahead - len(waiting)):
                    waiting.append((item, pool.submit(function, item)))
                if not waiting:
                    return
                yield _fetched(*waiting.popleft())
        finally:
            for _, future in waiting:
                future.cancel()


def _fetched(item: Item, future: Future[Value]) -> Fetched[Item, Value]:
    try:
        return Fetched(item, future.result(), None)
    except (InputError, OSError) as error:
        return Fetched(item, None, error)
