"""Wall-clock time of a function."""

import time
from collections.abc import Callable


def seconds(function: Callable[[], object]) -> float:
    """Time one call.

    Args:
        function (Callable): Function without arguments.

    Returns:
        float: Wall-clock time in seconds.
    """
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def fastest(function: Callable[[], object], repeat: int) -> float:
    """Time several calls and keep the shortest time.

    Other processes can only lengthen a call. The shortest time is therefore
    nearest to the cost of the function itself.

    Args:
        function (Callable): Function without arguments.
        repeat (int): Number of calls, >= 1.

    Returns:
        float: Shortest wall-clock time in seconds.
    """
    return min(seconds(function) for _ in range(repeat))
