"""Search a gallery in many threads while it changes; compare each answer.

A writer adds, replaces and removes photographs and keeps a list of the states
of the gallery. Each search is compared with a plain search of the states that
the gallery had between the begin and the end of the search: the answer must be
that of one of these states.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mmdmr.benchmark.gallery import Simulation, photographs
from mmdmr.gallery import Entry, Filters, Gallery
from mmdmr.structures import ModelInfo

from .gallery_states import Answer, States
from .resources import held_resources, rise

#: Photographs that are added, replaced and removed, of four persons each.
_CHANGING = 64
#: Persons that a search looks for.
_SIZES = (1, 10, 50)
#: Searches and changes after which the gallery is opened anew.
_REOPEN = 25
#: Searches for each change, at most: searches wait for the writer.
_PACE = 5
#: Changes after which the index is built anew.
_REBUILD = 100
#: Share of the most similar persons that an index must find.
_RECALL = 0.95
#: Wrong answers that end the check.
_ENOUGH = 20
#: Seconds between two looks at threads and memory, and between two changes.
_LOOK, _REST = 0.02, 0.002


@dataclass
class Load:
    """What happened to a gallery under load.

    Args:
        searches (int): Number of searches.
        changes (int): Number of changes.
        states (float): States that a search was compared with, on average.
        median (float): Median time of a search in seconds.
        slowest (float): Time of the slowest search in seconds.
        memory (float): Rise of the resident memory behind the first tenth of
            the searches, in bytes.
        log_bytes (int): Greatest size of the database's log of changes.
        recall (float): Share of the most similar persons that was found; 1
            without an index.
        problems (list[str]): Broken promises, empty if all were kept.
    """

    searches: int = 0
    changes: int = 0
    states: float = 0.0
    median: float = 0.0
    slowest: float = 0.0
    memory: float = 0.0
    log_bytes: int = 0
    recall: float = 1.0
    problems: list[str] = field(default_factory=list)


def check_load(
    folder: Path,
    searches: int,
    threads: int,
    persons: int = 2000,
    dim: int = 64,
    limit: float = 10e6,
    patience: float = 60.0,
    index: bool = False,
    seed: int = 0,
) -> Load:
    """Search in many threads while a further thread changes the gallery.

    Args:
        folder (Path): New folder of the gallery.
        searches (int): Number of searches, >= 1.
        threads (int): Number of threads that search, >= 1.
        persons (int): Persons that stay, >= 128. Defaults to 2000.
        dim (int): Length of an embedding. Defaults to 64.
        limit (float): Rise of the memory that is allowed, in bytes. Defaults
            to 10e6.
        patience (float): Seconds after which a search or a change counts as
            locked up. Defaults to 60.
        index (bool): True to search by an index, which is built anew from
            time to time. Such a search may miss a person. Defaults to False.
        seed (int): Seed of embeddings and changes. Defaults to 0.

    Returns:
        Load: Figures and problems.
    """
    simulation = Simulation(persons + 4 * _CHANGING, dim, seed=seed)
    feats = np.concatenate(list(simulation.blocks(2**14)))
    truth = States(feats)
    model = ModelInfo('simulation', '00', dim, 'random numbers')
    staying = photographs(feats[:persons], 0, 1, 'staying')
    changing = photographs(feats[persons:], 0, 1, 'changing')
    with Gallery.create(folder, model) as gallery:
        for entries, first in (staying, 0), (changing, persons):
            truth.begin()
            truth.note(entries, gallery.add(entries), first)
        if index:
            gallery.build_index(min_persons=1)
    trial = _Trial(
        folder, truth, simulation.queries(searches), threads, patience
    )
    trial.index = index
    return trial.run(changing, persons, limit, seed)


class _Trial:
    """Threads that search, and one that changes the gallery.

    Args:
        folder (Path): Folder of the gallery.
        truth (States): States of the gallery.
        queries (np.ndarray): (q, D) queries, one for each search.
        threads (int): Number of threads.
        patience (float): Seconds that a search may take.
    """

    index = False

    def __init__(
        self,
        folder: Path,
        truth: States,
        queries: np.ndarray,
        threads: int,
        patience: float,
    ) -> None:
        self.folder = folder
        self.truth = truth
        self.queries = queries
        self.threads = threads
        self.patience = patience
        self.problems: list[str] = []
        # All is allocated now: memory that is noted does not grow by itself.
        self.seconds = np.zeros(len(queries))
        self.num_states = np.zeros(len(queries), dtype=np.int32)
        self.recalls = np.ones(len(queries))
        #: Begin of the search of each thread, and of the change; None between
        #: two.
        self.since: list[float | None] = [None] * (threads + 1)
        self.stop = threading.Event()
        self.changes = 0

    def run(
        self, changing: list[Entry], first: int, limit: float, seed: int
    ) -> Load:
        """Search, change, and judge.

        Args:
            changing (list[Entry]): Photographs to add and remove.
            first (int): Place of their first person.
            limit (float): Rise of the memory that is allowed, in bytes.
            seed (int): Seed of the changes.

        Returns:
            Load: Figures and problems.
        """
        # A daemon thread that hangs does not keep the program alive.
        searchers = [
            self._thread(self._search_all, number)
            for number in range(self.threads)
        ]
        writer = self._thread(self._change_all, changing, first, seed)
        memory, log_bytes = self._watch(searchers)
        self.stop.set()
        writer.join(self.patience)
        if writer.is_alive():
            self.problems.append(f'a change took over {self.patience:g} s')
        done = self.seconds > 0
        rose = rise(memory) if memory else 0.0
        recall = float(self.recalls[done].mean()) if done.any() else 1.0
        if rose > limit:
            self.problems.append(f'memory rose by {rose / 1e6:.1f} MB')
        if recall < _RECALL:
            self.problems.append(f'only {recall:.1%} of the persons found')
        return Load(
            int(done.sum()),
            self.changes,
            float(self.num_states[done].mean()) if done.any() else 0.0,
            float(np.median(self.seconds[done])) if done.any() else 0.0,
            float(self.seconds.max()),
            rose,
            log_bytes,
            recall,
            self.problems,
        )

    def _thread(
        self, target: Callable[..., None], *args: Any
    ) -> threading.Thread:
        def guarded() -> None:
            try:
                target(*args)
            except Exception as error:
                # Whatever a thread raises is what the check looks for.
                self.problems.append(f'{type(error).__name__}: {error}')
                self.stop.set()

        thread = threading.Thread(target=guarded, daemon=True)
        thread.start()
        return thread

    def _watch(
        self, searchers: list[threading.Thread]
    ) -> tuple[list[int], int]:
        """Wait for the searches; note memory and the size of the log."""
        log = self.folder / 'gallery.sqlite-wal'
        memory: list[int] = []
        log_bytes = 0
        while any(thread.is_alive() for thread in searchers):
            time.sleep(_LOOK)
            begins = [since for since in self.since if since is not None]
            waiting = time.monotonic() - min(begins, default=np.inf)
            if waiting > self.patience:
                self.problems.append(
                    f'a search or a change took over {self.patience:g} s'
                )
                break
            if len(self.problems) >= _ENOUGH:
                break
            if np.count_nonzero(self.seconds) > len(self.queries) // 10:
                memory.append(held_resources().memory)
            try:
                log_bytes = max(log_bytes, log.stat().st_size)
            except FileNotFoundError:
                continue  # nobody has the gallery open
        return memory, log_bytes

    def _search_all(self, thread: int) -> None:
        """Search for every n-th query, n being the number of threads."""
        numbers = range(thread, len(self.queries), self.threads)
        for start in range(0, len(numbers), _REOPEN):
            with Gallery.open(self.folder) as gallery:
                for number in numbers[start : start + _REOPEN]:
                    while number > _PACE * self.changes:
                        if self.stop.wait(_REST):
                            return
                    if self.stop.is_set():
                        return
                    self._search(gallery, thread, number)

    def _search(self, gallery: Gallery, thread: int, number: int) -> None:
        query = self.queries[number]
        size = _SIZES[number % len(_SIZES)]
        source = 'changing 0' if number % 4 == 3 else None
        filters = Filters(sources=None if source is None else [source])
        self.truth.enter(thread)
        started = self.since[thread] = time.monotonic()
        with gallery.reading():
            matches = gallery.search(query[None], size, filters)
            found = matches.rows[0][matches.rows[0] >= 0]
            people = gallery.read(found)
        self.since[thread] = None
        self.seconds[number] = max(time.monotonic() - started, 1e-9)
        states = self.truth.leave(thread, self.patience)
        self.num_states[number] = len(states)
        answer = Answer(
            query,
            size,
            source,
            matches,
            [(person.source, person.path) for person in people],
        )
        judged = [
            self.truth.compare(answer, state, complete=not self.index)
            for state in states
        ]
        recalls = [share for share, wrong in judged if wrong is None]
        if recalls:
            self.recalls[number] = max(recalls)
        else:
            wrong = dict.fromkeys(str(wrong) for _, wrong in judged)
            self.problems.append(f'search {number}: {"; or ".join(wrong)}')

    def _change_all(
        self, changing: list[Entry], first: int, seed: int
    ) -> None:
        """Add, replace and remove photographs until the searches end."""
        rng = np.random.default_rng(seed)
        while not self.stop.is_set():
            with Gallery.open(self.folder, write=True) as gallery:
                for _ in range(_REOPEN):
                    if self.stop.is_set():
                        return
                    number = int(rng.integers(len(changing)))
                    self._change(
                        gallery, changing[number], first + 4 * number, rng
                    )
                    if self.index and self.changes % _REBUILD == 0:
                        gallery.build_index(min_persons=1)
                    time.sleep(_REST)

    def _change(
        self,
        gallery: Gallery,
        entry: Entry,
        first: int,
        rng: np.random.Generator,
    ) -> None:
        self.truth.begin()
        self.since[-1] = time.monotonic()
        rows = np.empty(0, dtype=np.int64)
        if rng.random() < 0.7:
            # Replaces the photograph if the gallery holds it.
            rows = gallery.add([entry])
        else:
            gallery.remove(entry.source, entry.path)
        self.since[-1] = None
        self.truth.note([entry], rows, first)
        self.changes += 1
