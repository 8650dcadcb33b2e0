"""Speed, size, memory and recall of a gallery of simulated persons."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from mmdmr.benchmark.child import measure_in_child
from mmdmr.benchmark.clock import fastest, seconds
from mmdmr.benchmark.memory import peak_memory
from mmdmr.errors import InputError
from mmdmr.gallery import Entry, Filters, Gallery, Matches
from mmdmr.structures import Detections, ModelInfo

#: Photographs in a batch while a gallery is filled, and persons in each.
_BATCH, _PERSONS = 2500, 4
#: Photographs of an append, and number of appends.
_APPENDED, _APPENDS = 16, 20
#: Axes of embeddings behind a ReLU.
_AXES = 64
#: Persons that a search looks for.
TOP_K = 10


@dataclass(frozen=True)
class Simulation:
    """Noisy views of persons, drawn anew at each walk.

    Args:
        num (int): Number of stored views, at least 1.
        dim (int): Length of an embedding.
        views (int): Views of a person. Defaults to 20.
        cosine (float): Cosine of two views of a person, on average, in
            [0, 1). Defaults to 0.7.
        seed (int): Seed of the drawing. Defaults to 0.
        relu (bool): True for embeddings behind a ReLU, of 64 strong axes that
            fall off, as networks make them. The cosine then holds before the
            ReLU. Defaults to False: all directions are alike.
    """

    num: int
    dim: int
    views: int = 20
    cosine: float = 0.7
    seed: int = 0
    relu: bool = False

    def blocks(self, size: int) -> Iterator[np.ndarray]:
        """Draw the stored views, persons mixed.

        Args:
            size (int): Number of views of a block.

        Yields:
            np.ndarray: (n, dim) float32 of unit length.
        """
        rng = np.random.default_rng([self.seed, 1])
        people = rng.permutation(np.arange(self.num) // self.views)
        centres = self._centres()
        for start in range(0, self.num, size):
            yield self._views(centres, people[start : start + size], rng)

    def queries(self, num: int) -> np.ndarray:
        """Draw fresh views of stored persons.

        Args:
            num (int): Number of queries.

        Returns:
            np.ndarray: (num, dim) float32 of unit length.
        """
        rng = np.random.default_rng([self.seed, 2])
        people = rng.integers(0, -(-self.num // self.views), num)
        return self._views(self._centres(), people, rng)

    def _centres(self) -> np.ndarray:
        rng = np.random.default_rng([self.seed, 0])
        num = -(-self.num // self.views)
        return _unit(rng.standard_normal((num, self._axes), dtype=np.float32))

    @property
    def _axes(self) -> int:
        return _AXES if self.relu else self.dim

    def _views(
        self,
        centres: np.ndarray,
        people: np.ndarray,
        rng: np.random.Generator,
    ) -> np.ndarray:
        shape = (len(people), self._axes)
        noise = _unit(rng.standard_normal(shape, dtype=np.float32))
        noise *= np.float32(np.sqrt(1 - self.cosine))
        noise += np.float32(np.sqrt(self.cosine)) * centres[people]
        if not self.relu:
            return _unit(noise)
        spread = np.random.default_rng([self.seed, 3])
        axes = spread.standard_normal((_AXES, self.dim), dtype=np.float32)
        axes *= np.sqrt(_AXES / np.arange(1, _AXES + 1))[:, None]
        return _unit(np.maximum(noise @ axes.astype(np.float32), 0))


def fill(
    path: Path, simulation: Simulation, stored: str, num_sources: int
) -> float:
    """Make a gallery of simulated views.

    Neighbouring photographs are of different sources, so that a filter by
    source keeps persons that are scattered over the disk.

    Args:
        path (Path): Folder of the new gallery.
        simulation (Simulation): Views.
        stored (str): ``float16`` or ``int8``.
        num_sources (int): Number of sources.

    Returns:
        float: Seconds that the gallery took, without the drawing.
    """
    model = ModelInfo('simulation', '00', simulation.dim, 'random numbers')
    total, photograph = 0.0, 0
    with Gallery.create(path, model, stored) as gallery:
        for feats in simulation.blocks(_BATCH * _PERSONS):
            entries = photographs(feats, photograph, num_sources)
            total += seconds(partial(gallery.add, entries))
            photograph += len(entries)
    return total


def measure_building(path: Path) -> dict[str, float]:
    """Build the index and look at sizes.

    Args:
        path (Path): Folder of the gallery.

    Returns:
        dict[str, float]: Seconds, bytes, and the recall that the building
        measured; peak memory of this process.

    Raises:
        InputError: The gallery is too small for an index.
    """
    with Gallery.open(path, write=True) as gallery:
        state = gallery.build_index(min_persons=1)
        if state is None:
            raise InputError(f'--num {len(gallery)} is too few for an index')
    return dict(
        index_seconds=state.seconds,
        index_recall=state.recall,
        index_bytes=state.num_bytes,
        database_bytes=(path / 'gallery.sqlite').stat().st_size,
        building_peak_bytes=peak_memory(),
    )


def measure_opening(path: Path) -> dict[str, float]:
    """Open a gallery in a process of its own and search once.

    Args:
        path (Path): Folder of the gallery.

    Returns:
        dict[str, float]: Milliseconds, and the peak memory of the process.
    """
    return measure_in_child(
        'mmdmr.benchmark.gallery.report_opening',
        str(path),
        what='opens the gallery',
    )


def report_opening(path: str) -> None:
    """Open a gallery, search once, and print the figures as JSON.

    Args:
        path (str): Folder of the gallery.
    """
    started = time.perf_counter()
    with Gallery.open(path) as gallery:
        opened = time.perf_counter()
        query = np.ones((1, gallery.model.dim))
        first = seconds(lambda: gallery.search(query, TOP_K))
        figures = dict(
            open_ms=1e3 * (opened - started),
            first_search_ms=1e3 * first,
            searching_peak_bytes=peak_memory(),
        )
    print(json.dumps(figures))


def measure_searches(
    gallery: Gallery, queries: np.ndarray, filters: Filters, repeat: int
) -> dict[str, float]:
    """Search for queries one by one, with the index and exactly.

    Args:
        gallery (Gallery): Gallery with an index.
        queries (np.ndarray): (q, D) queries.
        filters (Filters): Conditions of the search.
        repeat (int): Number of walks over the queries; the one with the
            lowest median counts.

    Returns:
        dict[str, float]: Median and 95 % quantile in milliseconds, recall,
        and the milliseconds of one exact search.
    """
    exact = gallery.search(queries, TOP_K, filters, exact=True)
    walks = [_search_each(gallery, queries, filters) for _ in range(repeat)]
    times, found = min(walks, key=lambda walk: np.median(walk[0]))
    shares = [
        len(set(ours) & set(best)) / max(len(set(best)), 1)
        for ours, best in zip(found, exact.rows)
    ]
    one = queries[:1]
    return dict(
        median_ms=1e3 * float(np.median(times)),
        p95_ms=1e3 * float(np.quantile(times, 0.95)),
        recall=float(np.mean(shares)),
        exact_ms=1e3
        * fastest(
            lambda: gallery.search(one, TOP_K, filters, exact=True), repeat
        ),
        num_searched=exact.num_searched,
    )


def measure_appends(path: Path, simulation: Simulation) -> dict[str, float]:
    """Append batches of 16 photographs to a full gallery.

    Args:
        path (Path): Folder of the gallery.
        simulation (Simulation): Views to append.

    Returns:
        dict[str, float]: Median milliseconds of a batch.
    """
    feats = simulation.queries(_APPENDED * _PERSONS)
    times = []
    with Gallery.open(path, write=True) as gallery:
        for i in range(_APPENDS):
            entries = photographs(feats, i * _APPENDED, 1, 'appended')
            times.append(seconds(partial(gallery.add, entries)))
    return dict(append_ms=1e3 * float(np.median(times)))


def measure_product(
    gallery: Gallery, queries: np.ndarray, repeat: int
) -> dict[str, float]:
    """Search by one NumPy product, all embeddings in memory as float32.

    Args:
        gallery (Gallery): Gallery to read.
        queries (np.ndarray): (q, D) queries.
        repeat (int): Number of walks over the queries.

    Returns:
        dict[str, float]: Median milliseconds of a query.
    """
    feats = np.empty((len(gallery), gallery.model.dim), dtype=np.float32)
    start = 0
    for rows, block in gallery.blocks():
        feats[start : start + len(rows)] = block
        start += len(rows)

    def search(query: np.ndarray) -> None:
        near = feats @ query
        best = np.argpartition(-near, TOP_K)[:TOP_K]
        best[np.argsort(-near[best])]

    walks = [
        np.median([seconds(partial(search, query)) for query in queries])
        for _ in range(repeat)
    ]
    return dict(product_ms=1e3 * float(min(walks)))


def describe_machine() -> dict[str, float]:
    """Processors and load, without which times say little.

    Returns:
        dict[str, float]: Number of processors and the load of the last
        minute.
    """
    return dict(processors=os.cpu_count() or 0, load=os.getloadavg()[0])


def photographs(
    feats: np.ndarray, first: int, num_sources: int, source: str = 'source'
) -> list[Entry]:
    """Make photographs of four persons each.

    Args:
        feats (np.ndarray): (n, D) embeddings of the persons, neighbours in
            one photograph.
        first (int): Number of the first photograph.
        num_sources (int): Number of sources that the photographs are spread
            over.
        source (str): Name of the sources, before their numbers. Defaults to
            'source'.

    Returns:
        list[Entry]: The photographs, to be added to a gallery.

    Example:
        >>> [x.path for x in photographs(np.eye(8), 3, 1)]
        ['day 1/00000003.jpg', 'day 1/00000004.jpg']
    """
    entries = []
    for start in range(0, len(feats), _PERSONS):
        part = feats[start : start + _PERSONS]
        number = first + start // _PERSONS
        persons = Detections.from_counts(
            np.tile([10.5, 20.5, 60.5, 140.5], (len(part), 1)),
            np.full(len(part), 0.9),
            part,
            [len(part)],
        )
        entries.append(
            Entry(
                f'{source} {number % num_sources}',
                f'day 1/{number:08d}.jpg',
                f'{number:064x}',
                (1920, 1080),
                persons,
                camera=f'camera {number % 7}',
                time=float(number),
            )
        )
    return entries


def _search_each(
    gallery: Gallery, queries: np.ndarray, filters: Filters
) -> tuple[list[float], list[np.ndarray]]:
    times, found = [], []
    for i in range(len(queries)):
        started = time.perf_counter()
        matches: Matches = gallery.search(queries[i : i + 1], TOP_K, filters)
        times.append(time.perf_counter() - started)
        found.append(matches.rows[0])
    return times, found


def _unit(feats: np.ndarray) -> np.ndarray:
    feats /= np.linalg.norm(feats, axis=1, keepdims=True)
    return feats
