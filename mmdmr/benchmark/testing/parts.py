"""Times of the parts of a test, taken from outside."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

#: Parts of a test: waiting for decoded images, moving and normalising them,
#: detection, embeddings, and the metric.
PARTS = ('loading', 'transfer', 'network', 'embedding', 'scoring')


class Clock:
    """Times parts of a test from outside.

    Args:
        device (torch.device): Device of the network. A GPU works on after a
            function has returned: it is waited for.

    Example:
        >>> clock = Clock(torch.device('cpu'))
        >>> with clock.timed('loading'):
        ...     pass
        >>> [*clock.seconds], clock.seconds['loading'] < 1
        (['loading'], True)
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.seconds: dict[str, float] = {}

    def _now(self) -> float:
        if self._device.type == 'cuda':
            torch.cuda.synchronize(self._device)
        return time.perf_counter()

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        """Add the time of a context to a part.

        Args:
            part (str): Name of the part.
        """
        started = self._now()
        try:
            yield
        finally:
            spent = self._now() - started
            self.seconds[part] = self.seconds.get(part, 0.0) + spent

    @contextmanager
    def watching(self, owner: Any, method: str, part: str) -> Iterator[None]:
        """Add the time of an object's method to a part, while the context
        lasts.

        Args:
            owner (Any): The object.
            method (str): Name of the method.
            part (str): Name of the part.
        """
        original = getattr(owner, method)

        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.timed(part):
                return original(*args, **kwargs)

        setattr(owner, method, timed)
        try:
            yield
        finally:
            delattr(owner, method)

    def each(self, items: Iterable, part: str) -> Iterator[Any]:
        """Give items, and add the time of waiting for them to a part.

        Args:
            items (Iterable): The items.
            part (str): Name of the part.

        Yields:
            Any: The items.
        """
        iterator = iter(items)
        while True:
            with self.timed(part):
                item = next(iterator, self)
            if item is self:
                return
            yield item


def first(items: Iterable, num: int | None) -> Iterator[Any]:
    """Give the first items.

    Args:
        items (Iterable): The items.
        num (int | None): Number of items; None for all.

    Yields:
        Any: The items.

    Example:
        >>> [*first('abc', 2)], [*first('abc', None)]
        (['a', 'b'], ['a', 'b', 'c'])
    """
    for i, item in enumerate(items):
        # Not one too many: the next item would be decoded.
        yield item
        if i + 1 == num:
            return
