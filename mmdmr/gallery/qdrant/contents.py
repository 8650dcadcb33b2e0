"""What a Qdrant gallery holds: files, persons, embeddings, names."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from qdrant_client import models

from mmdmr.errors import InputError

from ..entries import FileState, Person, Sighting
from ..searching import IndexStatus
from ..vectors import decode
from .access import as_code
from .conditions import is_any, is_value
from .head import Head
from .points import BAD, FILE, FRAME, GOOD, FileRecord, person, to_text
from .store import QdrantStore

_FILES = models.Filter(must=[is_value('kind', FILE)])
_FRAMES = models.Filter(must=[is_value('kind', FRAME)])
_BAD = models.Filter(must=[is_value('kind', FILE), is_value('state', BAD)])
_GOOD = models.Filter(must=[is_value('kind', FILE), is_value('state', GOOD)])


class QdrantContents:
    """Files, persons and names of a gallery, as they are now.

    Args:
        store (QdrantStore): The collections.
    """

    def __init__(self, store: QdrantStore) -> None:
        self._store = store

    def _head(self) -> Head:
        return self._store.current_head()

    def __len__(self) -> int:
        return self._store.count(self._store.persons)

    @property
    def last_row(self) -> int:
        """int: Number that no person's number exceeds, 0 without persons."""
        is_empty = not self._store.info().points_count and not len(self)
        return 0 if is_empty else self._head().next_row - 1

    @property
    def num_files(self) -> int:
        """int: Number of files without the bad ones."""
        return self._store.count(self._store.files, _GOOD)

    @property
    def num_frames(self) -> int:
        """int: Number of photographs and frames."""
        return self._store.count(self._store.files, _FRAMES)

    @property
    def next_sighting(self) -> int:
        """int: Least number that no sighting of the gallery ever had."""
        return self._head().next_sighting

    @property
    def roots(self) -> dict[str, str]:
        """dict[str, str]: Folder of each source when it was indexed; ''."""
        return dict(self._head().roots)

    @property
    def origin(self) -> dict[str, str]:
        """dict[str, str]: Files that the model is loaded from; may be {}."""
        return dict(self._head().origin)

    def sources(self) -> list[str]:
        """Names of the sources that have files.

        Returns:
            list[str]: Names in the order in which they were first added.
        """
        known = list(self._head().roots)
        found = self._store.values('source', _FILES, len(known))
        return [name for name in known if to_text(name) in found]

    def cameras(self) -> list[str]:
        """Names of the cameras that have photographs or frames.

        Returns:
            list[str]: Names in the order in which they were first added,
            without ''.
        """
        known = self._head().cameras
        # One more: the unknown camera.
        found = self._store.values('camera', _FRAMES, len(known) + 1)
        return [name for name in known if to_text(name) in found]

    def time_span(self) -> tuple[float, float] | None:
        """Earliest and latest time of all photographs and frames.

        Returns:
            tuple[float, float] | None: Seconds; None if no time is known.
        """
        times = []
        for direction in (models.Direction.ASC, models.Direction.DESC):
            found, _ = self._store.call(
                lambda client, direction=direction: client.scroll(  # type: ignore
                    self._store.files,
                    scroll_filter=_FRAMES,
                    limit=1,
                    order_by=models.OrderBy(key='time', direction=direction),
                    with_payload=['time'],
                )
            )
            times += [point.payload['time'] for point in found]
        return (times[0], times[1]) if times else None

    def bad_files(self) -> list[tuple[str, str, str]]:
        """Files that could not be read.

        Returns:
            list[tuple[str, str, str]]: Source, path and reason of each file.
        """
        records = self._files(_BAD)
        return [(r.source, r.path, r.state.reason) for r in records]

    def known(self, source: str) -> dict[str, FileState]:
        """What is known of the files of a source.

        Args:
            source (str): Name of the source.

        Returns:
            dict[str, FileState]: States by path; empty for a new source.
        """
        conditions = models.Filter(
            must=[is_value('kind', FILE), is_value('source', to_text(source))]
        )
        return {
            record.path: record.state for record in self._files(conditions)
        }

    def rows_of_content(self, content_hash: str) -> list[int]:
        """Persons of all files with one content.

        Args:
            content_hash (str): Digest of the content of a file.

        Returns:
            list[int]: Rising numbers of persons.
        """
        records = self._files(
            models.Filter(
                must=[
                    is_value('kind', FILE),
                    is_value('content', content_hash),
                ]
            )
        )
        if not records:
            return []
        files = models.Filter(must=[is_any('file', [r.id for r in records])])
        found = self._store.scroll(self._store.persons, files, payload=False)
        return sorted(int(point.id) for point in found)

    def read(self, rows: Sequence[int] | np.ndarray) -> list[Person]:
        """Read persons.

        Args:
            rows (Sequence[int] | np.ndarray): Numbers of persons.

        Returns:
            list[Person]: Persons in the order of the numbers.

        Raises:
            InputError: A person is not in the gallery.
        """
        wanted = [int(row) for row in rows]
        found = self._store.retrieve(self._store.persons, sorted(set(wanted)))
        persons = {
            int(point.id): person(int(point.id), point.payload or {})
            for point in found
        }
        self._check_found(wanted, persons)
        return [persons[row] for row in wanted]

    def sightings(
        self, numbers: Sequence[int] | np.ndarray
    ) -> dict[int, Sighting]:
        """Times and sizes of sightings.

        Args:
            numbers (Sequence[int] | np.ndarray): Numbers of sightings.

        Returns:
            dict[int, Sighting]: Sightings by number.
        """
        wanted = sorted({int(number) for number in numbers})
        if not wanted:
            return {}
        times: dict[int, list[float | None]] = defaultdict(list)
        for point in self._store.scroll(
            self._store.persons,
            models.Filter(must=[is_any('sighting', wanted)]),
            payload=['sighting', 'time'],
        ):
            payload = point.payload or {}
            times[payload['sighting']].append(payload.get('time'))
        found = {}
        for number in sorted(times):
            known = [time for time in times[number] if time is not None]
            found[number] = Sighting(
                number,
                min(known, default=None),
                max(known, default=None),
                len(times[number]),
            )
        return found

    def embeddings(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """Read embeddings.

        Args:
            rows (Sequence[int] | np.ndarray): (n,) numbers of persons.

        Returns:
            np.ndarray: (n, D) float32 of unit length, as stored.

        Raises:
            InputError: A person is not in the gallery.
        """
        wanted = [int(row) for row in rows]
        codes = self._store.codes(sorted(set(wanted)))
        self._check_found(wanted, codes)
        dim = self._head().model.dim if not wanted else -1
        stacked = np.array([codes[row] for row in wanted], dtype='<f2')
        return decode(stacked.reshape(len(wanted), dim))

    def blocks(
        self, size: int = 8192
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Walk through all embeddings.

        Args:
            size (int): Number of embeddings of a block. Defaults to 8192.

        Yields:
            tuple[np.ndarray, np.ndarray]: Rising (n,) int64 rows and (n, D)
            float32 embeddings.
        """
        rows: list[int] = []
        codes: list[np.ndarray] = []
        for point in self._store.scroll(
            self._store.persons, payload=False, vectors=True
        ):
            rows.append(int(point.id))
            codes.append(as_code(point))
            if len(rows) == size:
                yield np.array(rows), decode(np.stack(codes))
                rows, codes = [], []
        if rows:
            yield np.array(rows), decode(np.stack(codes))

    def index_status(self) -> IndexStatus:
        """Say how far Qdrant's index is.

        Returns:
            IndexStatus: Numbers of persons in the index and outside. The note
            has the state that Qdrant tells.
        """
        if self._store.address.folder is not None:
            return IndexStatus(None, 0, 0, '')
        info = self._store.info()
        num = info.indexed_vectors_count or 0
        # Qdrant counts vectors that it is about to move twice.
        later = max((info.points_count or 0) - num, 0)
        state = info.optimizer_status
        error = getattr(state, 'error', '')
        note = f"Qdrant's own index, state {info.status.value}"
        return IndexStatus(
            None, later, 0, f'{note}: {error}' if error else note, num
        )

    def sizes(self) -> dict[str, int]:
        """Bytes on the disk of this machine.

        Returns:
            dict[str, int]: Bytes of the ``database`` of the embedded mode,
            which has no ``index``; nothing of a server.
        """
        folder = self._store.address.folder
        if folder is None:
            return {}
        files = [file for file in folder.rglob('*') if file.is_file()]
        return dict(database=sum(x.stat().st_size for x in files), index=0)

    def _files(self, conditions: models.Filter) -> list[FileRecord]:
        """Files that meet conditions, in the order of their adding."""
        found = self._store.scroll(self._store.files, conditions)
        records = [FileRecord.from_payload(p.payload or {}) for p in found]
        return sorted(records, key=lambda record: record.number)

    def _check_found(
        self, wanted: Sequence[int], found: dict[int, Person] | dict
    ) -> None:
        missing = [row for row in wanted if row not in found]
        if missing:
            raise InputError(
                f'{self._store.address.shown}: the gallery holds no person '
                f'{missing[0]}, maybe no longer'
            )
