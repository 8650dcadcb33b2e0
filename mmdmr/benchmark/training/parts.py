"""Time of the parts of a computation, taken from outside."""

import functools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.profiler import record_function


class PartClock:
    """Clock that tells how long each part of a computation takes.

    The time inside a part counts for the innermost part. On a GPU the clock
    is the GPU's: events are put into the stream of its work, and nothing
    waits before :meth:`pop_seconds`. In a profile the parts have their names.

    Args:
        device (torch.device): Device that computes.

    Example:
        >>> clock = PartClock(torch.device('cpu'))
        >>> with clock.part('outer'):
        ...     with clock.part('inner'):
        ...         pass
        >>> sorted(clock.pop_seconds())
        ['inner', 'outer']
    """

    def __init__(self, device: torch.device) -> None:
        self._on_gpu = device.type == 'cuda'
        # Each moment at which a part begins or goes on, None at the end.
        self._marks: list[tuple[str | None, Any]] = []
        self._open: list[str] = []

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count the time of the context for a part.

        Args:
            name (str): Name of the part.
        """
        self._open.append(name)
        self._mark()
        try:
            with record_function(name):
                yield
        finally:
            self._open.pop()
            self._mark()

    def watch(self, owner: Any, method: str, name: str) -> None:
        """Count all calls of an object's method for a part.

        Args:
            owner (Any): The object; its class stays as it is.
            method (str): Name of the method.
            name (str): Name of the part.
        """
        inner = getattr(owner, method)

        @functools.wraps(inner)
        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.part(name):
                return inner(*args, **kwargs)

        setattr(owner, method, timed)

    def pop_seconds(self) -> dict[str, float]:
        """Hand over the times since the last call, and forget them.

        Returns:
            dict[str, float]: Seconds by part, in the order of their begin.
        """
        if self._on_gpu:
            torch.cuda.synchronize()
        found: dict[str, float] = {}
        for (name, begin), (_, end) in zip(self._marks, self._marks[1:]):
            if name is not None:
                found[name] = found.get(name, 0.0) + self._between(begin, end)
        self._marks.clear()
        return found

    def _mark(self) -> None:
        name = self._open[-1] if self._open else None
        moment: Any = time.perf_counter()
        if self._on_gpu:
            moment = torch.cuda.Event(enable_timing=True)
            moment.record()
        self._marks.append((name, moment))

    def _between(self, begin: Any, end: Any) -> float:
        # Events tell milliseconds.
        return begin.elapsed_time(end) / 1e3 if self._on_gpu else end - begin
