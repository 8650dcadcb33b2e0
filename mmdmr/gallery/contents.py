"""What a gallery holds: files, persons, embeddings, names."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .database import from_sql
from .entries import FileState, Person, Sighting
from .rows import read_frame, read_known, read_number
from .scenes import (
    Scene,
    count_scenes,
    find_scene,
    read_scenes,
    rows_of_scene,
    rows_of_sighting,
    scenes_of_rows,
)
from .store import Store
from .vectors import decode

#: Persons joined with their frames, files and sources.
_JOINED = """persons AS p JOIN frames AS r ON r.id = p.frame
    JOIN files AS f ON f.id = r.file JOIN sources AS s ON s.id = f.source
    JOIN cameras AS c ON c.id = r.camera"""


class Contents:
    """Files, persons and names of a gallery, as they are now.

    Args:
        store (Store): The database.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def __len__(self) -> int:
        return self._count('persons')

    @property
    def last_row(self) -> int:
        """int: Greatest number of a person, 0 without persons.

        It is no less than the number of persons, and read at once, while
        ``len`` counts.
        """
        return self._store.one('SELECT max(row) FROM persons')[0] or 0

    @property
    def num_files(self) -> int:
        """int: Number of files without the bad ones."""
        return self._count("files WHERE reason = ''")

    @property
    def num_frames(self) -> int:
        """int: Number of photographs and frames."""
        return self._count('frames')

    @property
    def next_sighting(self) -> int:
        """int: Least number that no sighting of the gallery ever had."""
        return self._store.whole('next_sighting')

    @property
    def roots(self) -> dict[str, str]:
        """dict[str, str]: Folder of each source when it was indexed; ''."""
        found = self._store.all('SELECT name, root FROM sources ORDER BY id')
        with self._store.sound():
            return {from_sql(name): from_sql(root) for name, root in found}

    @property
    def origin(self) -> dict[str, str]:
        """dict[str, str]: Files that the model is loaded from; may be {}."""
        stored = self._store.one("SELECT value FROM meta WHERE key = 'origin'")
        if not stored:
            return {}
        with self._store.sound():
            origin = json.loads(stored[0])
            if not isinstance(origin, dict) or not all(
                isinstance(file, str) for file in origin.values()
            ):
                raise ValueError(f'the model is loaded from {origin!r}')
        return origin

    def sources(self) -> list[str]:
        """Names of the sources that have files.

        Returns:
            list[str]: Names in the order in which they were first added.
        """
        return self._names(
            'sources AS n WHERE EXISTS '
            '(SELECT 1 FROM files WHERE source = n.id)'
        )

    def cameras(self) -> list[str]:
        """Names of the cameras that have photographs or frames.

        Returns:
            list[str]: Names in the order in which they were first added,
            without ''.
        """
        return self._names(
            "cameras AS n WHERE name != '' AND EXISTS "
            '(SELECT 1 FROM frames WHERE camera = n.id)'
        )

    def time_span(self) -> tuple[float, float] | None:
        """Earliest and latest time of all photographs and frames.

        Returns:
            tuple[float, float] | None: Seconds; None if no time is known.
        """
        span = self._store.one('SELECT min(time), max(time) FROM frames')
        if span[0] is None:
            return None
        with self._store.sound():
            return read_number(span[0]), read_number(span[1])

    def bad_files(self) -> list[tuple[str, str, str]]:
        """Files that could not be read.

        Returns:
            list[tuple[str, str, str]]: Source, path and reason of each file.
        """
        found = self._store.all(
            'SELECT s.name, f.path, f.reason FROM files AS f JOIN sources AS '
            "s ON s.id = f.source WHERE f.reason != '' ORDER BY f.id"
        )
        with self._store.sound():
            return [tuple(map(from_sql, row)) for row in found]  # type: ignore[misc]

    def known(self, source: str) -> dict[str, FileState]:
        """What is known of the files of a source.

        Args:
            source (str): Name of the source.

        Returns:
            dict[str, FileState]: States by path; empty for a new source.
        """
        number = self._store.names('sources').get(source)
        found = self._store.all(
            'SELECT path, content_hash, size_bytes, mtime_ns, complete, '
            'reason FROM files WHERE source = ? ORDER BY id',
            number,
        )
        with self._store.sound():
            return {
                from_sql(path): FileState(
                    from_sql(content),
                    int(size),
                    int(mtime),
                    bool(complete),
                    from_sql(reason),
                )
                for path, content, size, mtime, complete, reason in found
            }

    def rows_of_content(self, content_hash: str) -> list[int]:
        """Persons of all files with one content.

        Args:
            content_hash (str): Digest of the content of a file.

        Returns:
            list[int]: Rising numbers of persons.
        """
        found = self._store.all(
            'SELECT p.row FROM files AS f JOIN frames AS r ON r.file = f.id '
            'JOIN persons AS p ON p.frame = r.id WHERE f.content_hash = ? '
            'ORDER BY p.row',
            content_hash,
        )
        return [row for (row,) in found]

    def read(self, rows: Sequence[int] | np.ndarray) -> list[Person]:
        """Read persons.

        Args:
            rows (Sequence[int] | np.ndarray): Numbers of persons.

        Returns:
            list[Person]: Persons in the order of the numbers.

        Raises:
            InputError: A person is not in the gallery.
        """
        return self._store.by_row(
            'SELECT p.row, s.name, f.path, f.content_hash, r.width, r.height,'
            'c.name, r.time, r.frame, p.x1, p.y1, p.x2, p.y2, p.score, '
            f'p.sighting FROM json_each(?) AS j CROSS JOIN {_JOINED} '
            'WHERE p.row = j.value',
            rows,
            _person,
        )

    def scenes(
        self,
        source: str | None = None,
        camera: str | None = None,
        start: int = 0,
        num: int = 100,
    ) -> list[Scene]:
        """Read photographs and frames in the order in which they were added.

        Args:
            source (str | None): Name of the source. Defaults to None: any.
            camera (str | None): Name of the camera. Defaults to None: any.
            start (int): Number of scenes to pass over. Defaults to 0.
            num (int): Largest number of scenes. Defaults to 100.

        Returns:
            list[Scene]: The scenes.
        """
        return read_scenes(self._store, source, camera, start, num)

    def num_scenes(
        self, source: str | None = None, camera: str | None = None
    ) -> int:
        """Count photographs and frames.

        Args:
            source (str | None): Name of the source. Defaults to None: any.
            camera (str | None): Name of the camera. Defaults to None: any.

        Returns:
            int: Number of scenes.
        """
        return count_scenes(self._store, source, camera)

    def scene(self, number: int) -> Scene | None:
        """Read one photograph or frame.

        Args:
            number (int): Number of the scene.

        Returns:
            Scene | None: The scene; None if there is none of this number.
        """
        return find_scene(self._store, number)

    def rows_of_scene(self, number: int) -> list[int]:
        """Persons of one photograph or frame.

        Args:
            number (int): Number of the scene.

        Returns:
            list[int]: Rising numbers of persons.
        """
        return rows_of_scene(self._store, number)

    def scenes_of_rows(self, rows: Sequence[int]) -> dict[int, int]:
        """Numbers of the scenes that show some persons.

        Args:
            rows (Sequence[int]): Numbers of persons.

        Returns:
            dict[int, int]: Number of the scene by the number of the person,
            without persons that are not in the gallery.
        """
        return scenes_of_rows(self._store, rows)

    def rows_of_sighting(self, row: int) -> list[int]:
        """Persons of the sighting of a person.

        Args:
            row (int): Number of a person.

        Returns:
            list[int]: Rising numbers of persons.
        """
        return rows_of_sighting(self._store, row)

    def sightings(
        self, numbers: Sequence[int] | np.ndarray
    ) -> dict[int, Sighting]:
        """Times and sizes of sightings.

        Args:
            numbers (Sequence[int] | np.ndarray): Numbers of sightings.

        Returns:
            dict[int, Sighting]: Sightings by number.
        """
        found = self._store.all(
            'SELECT p.sighting, min(r.time), max(r.time), count(*) '
            'FROM json_each(?) AS j CROSS JOIN persons AS p '
            'ON p.sighting = j.value JOIN frames AS r ON r.id = p.frame '
            'GROUP BY p.sighting',
            json.dumps(sorted({int(number) for number in numbers})),
        )
        with self._store.sound():
            return {
                number: Sighting(
                    number, read_known(start), read_known(end), num
                )
                for number, start, end, num in found
            }

    def embeddings(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """Read embeddings.

        Args:
            rows (Sequence[int] | np.ndarray): (n,) numbers of persons.

        Returns:
            np.ndarray: (n, D) float32 of unit length, as stored.

        Raises:
            InputError: A person is not in the gallery.
        """
        return decode(self._store.codes(rows))

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
        for rows, codes in self._store.blocks(size):
            yield rows, decode(codes)

    def _count(self, what: str) -> int:
        return int(self._store.one(f'SELECT count(*) FROM {what}')[0])

    def _names(self, condition: str) -> list[str]:
        found = self._store.all(
            f'SELECT n.name FROM {condition} ORDER BY n.id'
        )
        with self._store.sound():
            return [from_sql(name) for (name,) in found]


def _person(row: Any) -> Person:
    return Person(
        *read_frame(row[:9]),
        np.array([read_number(side) for side in row[9:13]], dtype=np.float64),
        read_number(row[13]),
        int(row[14]),
    )
