"""Changes of a gallery: adding, finishing, skipping and removing files."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

import numpy as np

from mmdmr.errors import InputError

from .database import to_sql
from .entries import Entry, check_entry, number_sightings
from .store import Store
from .vectors import encode, unit_rows

#: Column "frame" of a photograph.
_PHOTOGRAPH = -1


def add_entries(store: Store, entries: Sequence[Entry]) -> np.ndarray:
    """Store photographs and frames, all of them or none.

    Args:
        store (Store): Gallery that is open for writing.
        entries (Sequence[Entry]): Photographs and frames.

    Returns:
        np.ndarray: (n,) int64 numbers of the new persons.

    Raises:
        InputError: An entry is wrong.
        OSError: The disk is full.
    """
    for entry in entries:
        check_entry(entry, store.model.dim)
    codes = [
        encode(
            unit_rows(entry.detections.feats, entry.path),
            'int8' if store.dtype == np.int8 else 'float16',
        )
        for entry in entries
    ]
    rows: list[int] = []
    with store.writing() as db:
        sightings = _Sightings(db, store.whole('next_sighting'))
        for entry, values in zip(entries, codes):
            frame = _new_frame(db, entry)
            first = _last_number(store) + 1
            numbers = list(range(first, first + len(values)))
            _insert_persons(db, entry, frame, numbers, sightings)
            db.executemany(
                'INSERT INTO embeddings VALUES (?, ?)',
                zip(numbers, (value.tobytes() for value in values)),
            )
            rows += numbers
        sightings.write()
    return np.array(rows, dtype=np.int64)


def finish_file(store: Store, source: str, path: str) -> None:
    """Note that all frames of a video are stored.

    Args:
        store (Store): Gallery that is open for writing.
        source (str): Name of the source.
        path (str): Path of the video.

    Raises:
        InputError: The file is unknown.
    """
    with store.writing() as db:
        done = db.execute(
            'UPDATE files SET complete = 1 WHERE path = ? AND source = '
            '(SELECT id FROM sources WHERE name = ?)',
            (to_sql(path), to_sql(source)),
        )
        if not done.rowcount:
            raise InputError(f'{path}: not a file of the source {source!r}')


def skip_file(
    store: Store,
    source: str,
    path: str,
    reason: str,
    content: tuple[str, int, int],
) -> None:
    """Remember a file that cannot be read.

    Args:
        store (Store): Gallery that is open for writing.
        source (str): Name of the source.
        path (str): Path of the file.
        reason (str): What is wrong with the file.
        content (tuple[str, int, int]): Digest, size in bytes and time of the
            last change in nanoseconds.
    """
    with store.writing() as db:
        number = _file_number(db, source, path, content)
        db.execute(
            'UPDATE files SET reason = ?, complete = 1 WHERE id = ?',
            (to_sql(reason), number),
        )


def set_root(store: Store, source: str, root: str) -> None:
    """Remember the folder of a source.

    Args:
        store (Store): Gallery that is open for writing.
        source (str): Name of the source.
        root (str): Folder that the paths are relative to.
    """
    with store.writing() as db:
        number = _name_number(db, 'sources', source)
        db.execute(
            'UPDATE sources SET root = ? WHERE id = ?', (to_sql(root), number)
        )


def set_origin(store: Store, origin: dict[str, str]) -> None:
    """Remember how the model of a gallery is loaded.

    Args:
        store (Store): Gallery that is open for writing.
        origin (dict[str, str]): Files by the names of the arguments.
    """
    with store.writing() as db:
        db.execute(
            "INSERT OR REPLACE INTO meta VALUES ('origin', ?)",
            (json.dumps(origin),),
        )


def remove_files(
    store: Store, source: str | None, paths: Sequence[str] | None
) -> int:
    """Remove files with their persons.

    Args:
        store (Store): Gallery that is open for writing.
        source (str | None): Name of the source; None: any.
        paths (Sequence[str] | None): Paths of the files; None: any.

    Returns:
        int: Number of removed persons.
    """
    with store.writing() as db:
        num = 0
        for number in _file_numbers(db, source, paths):
            num += _remove_frames(db, 'file = ?', number)
            db.execute('DELETE FROM files WHERE id = ?', (number,))
    return num


def _file_numbers(
    db: sqlite3.Connection, source: str | None, paths: Sequence[str] | None
) -> list[int]:
    """Numbers of the files of a source, of some paths, or of both."""
    query = 'SELECT id FROM files WHERE '
    keys: list[Any] = []
    if source is not None:
        query += 'source = (SELECT id FROM sources WHERE name = ?)'
        keys.append(to_sql(source))
    if paths is None:
        return [number for (number,) in db.execute(query, keys)]
    query += ' AND path = ?' if keys else 'path = ?'
    # The source comes first: with it a path is looked up, not searched for.
    return [
        number
        for path in paths
        for (number,) in db.execute(query, (*keys, to_sql(path))).fetchall()
    ]


class _Sightings:
    """Numbers for persons that are sightings of their own."""

    def __init__(self, db: sqlite3.Connection, first: int) -> None:
        self._db = db
        self._next = first

    def of(self, entry: Entry) -> list[int]:
        """Sighting of each person of an entry."""
        numbers, self._next = number_sightings(entry, self._next)
        return numbers

    def write(self) -> None:
        """Store the first number that is free."""
        self._db.execute(
            "UPDATE meta SET value = ? WHERE key = 'next_sighting'",
            (self._next,),
        )


def _new_frame(db: sqlite3.Connection, entry: Entry) -> int:
    """Number of a new row of frames; it replaces the row of the same frame."""
    frame = _PHOTOGRAPH if entry.frame is None else int(entry.frame)
    content = (entry.content_hash, entry.size_bytes, entry.mtime_ns)
    file = _file_number(db, entry.source, entry.path, content)
    db.execute(
        "UPDATE files SET reason = '', complete = ? WHERE id = ?",
        (entry.frame is None, file),
    )
    _remove_frames(db, 'file = ? AND frame = ?', file, frame)
    width, height = entry.size
    done = db.execute(
        'INSERT INTO frames (file, frame, width, height, camera, time) '
        'VALUES (?, ?, ?, ?, ?, ?)',
        (
            file,
            frame,
            int(width),
            int(height),
            _name_number(db, 'cameras', entry.camera),
            None if entry.time is None else float(entry.time),
        ),
    )
    return done.lastrowid or 0


def _insert_persons(
    db: sqlite3.Connection,
    entry: Entry,
    frame: int,
    numbers: list[int],
    sightings: _Sightings,
) -> None:
    found = entry.detections
    db.executemany(
        'INSERT INTO persons VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        (
            (number, frame, *box, score, sighting)
            for number, box, score, sighting in zip(
                numbers,
                found.boxes.astype(float).tolist(),
                found.scores.astype(float).tolist(),
                sightings.of(entry),
            )
        ),
    )


def _file_number(
    db: sqlite3.Connection, source: str, path: str, content: tuple[Any, ...]
) -> int:
    """Number of a file, whose frames are removed if its content changed."""
    keys = (_name_number(db, 'sources', source), to_sql(path))
    found = db.execute(
        'SELECT id, content_hash FROM files WHERE source = ? AND path = ?',
        keys,
    ).fetchone()
    if found is None:
        done = db.execute(
            'INSERT INTO files (source, path, content_hash, size_bytes, '
            "mtime_ns, complete, reason) VALUES (?, ?, ?, ?, ?, 0, '')",
            (*keys, *content),
        )
        return done.lastrowid or 0
    number, known = found
    if known != content[0]:
        _remove_frames(db, 'file = ?', number)
    db.execute(
        'UPDATE files SET content_hash = ?, size_bytes = ?, mtime_ns = ? '
        'WHERE id = ?',
        (*content, number),
    )
    return number


def _remove_frames(
    db: sqlite3.Connection, condition: str, *values: int
) -> int:
    """Remove frames; returns the number of removed persons."""
    frames = db.execute(
        f'SELECT id FROM frames WHERE {condition}', values
    ).fetchall()
    num = 0
    for frame in frames:
        rows = db.execute(
            'SELECT row FROM persons WHERE frame = ?', frame
        ).fetchall()
        db.executemany('INSERT INTO removed VALUES (?)', rows)
        db.executemany('DELETE FROM embeddings WHERE row = ?', rows)
        db.execute('DELETE FROM persons WHERE frame = ?', frame)
        num += len(rows)
    db.executemany('DELETE FROM frames WHERE id = ?', frames)
    return num


def _name_number(db: sqlite3.Connection, table: str, name: str) -> int:
    """Number of a source or camera, which is added if need be."""
    found = db.execute(
        f'SELECT id FROM {table} WHERE name = ?', (to_sql(name),)
    ).fetchone()
    if found is not None:
        return found[0]
    done = db.execute(
        f'INSERT INTO {table} (name) VALUES (?)', (to_sql(name),)
    )
    return done.lastrowid or 0


def _last_number(store: Store) -> int:
    """Greatest number that a person ever had."""
    # A number that was given is never given again, also where SQLite's own
    # note of it is lost: a person of a removed number is not found.
    (number,) = store.one(
        'SELECT max(number) FROM (SELECT 0 AS number '
        "UNION SELECT seq FROM sqlite_sequence WHERE name = 'persons' "
        'UNION SELECT max(row) FROM persons '
        'UNION SELECT max(row) FROM removed)'
    )
    if not isinstance(number, int) or not 0 <= number < 2**62:
        raise store.damage(f'the last person has the number {number!r}')
    return number
