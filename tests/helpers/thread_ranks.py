"""Ranks of a distributed run as threads of one process."""

import threading
from concurrent.futures import ThreadPoolExecutor

from mmengine import dist


def on_ranks(monkeypatch, function, arguments):
    """Run a function on several ranks that gather from each other.

    Args:
        monkeypatch (MonkeyPatch): Replaces what MMEngine's ``dist`` does.
        function (Callable): Function to run.
        arguments (list[tuple]): Arguments, for each rank.

    Returns:
        tuple[list, int]: Results of the ranks, and number of collectives.
    """
    number, this = len(arguments), threading.local()
    values, barrier = [None] * number, threading.Barrier(number)
    collectives = []

    def all_gather(value):
        values[this.rank] = value
        barrier.wait()
        found = list(values)
        # No rank overwrites a value that another has not taken yet.
        barrier.wait()
        assert len({(v.shape, v.dtype) for v in found}) == 1
        if not this.rank:
            collectives.append(all_gather)
        return found

    def run(rank):
        this.rank = rank
        try:
            return function(*arguments[rank])
        except Exception:
            # The other ranks must not wait for this one.
            barrier.abort()
            raise

    monkeypatch.setattr(dist, 'get_world_size', lambda: number)
    monkeypatch.setattr(dist, 'get_rank', lambda: this.rank)
    monkeypatch.setattr(dist, 'all_gather', all_gather)
    with ThreadPoolExecutor(number) as pool:
        results = list(pool.map(run, range(number)))
    return results, len(collectives)
