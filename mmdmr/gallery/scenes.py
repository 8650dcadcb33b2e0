"""Scenes of a gallery: photographs and frames with their persons."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .database import to_sql
from .rows import read_frame
from .store import Store

_JOINED = """frames AS r JOIN files AS f ON f.id = r.file
    JOIN sources AS s ON s.id = f.source
    JOIN cameras AS c ON c.id = r.camera"""


@dataclass(frozen=True)
class Scene:
    """A stored photograph, or a stored frame of a video.

    Args:
        number (int): Number of the scene in the gallery, 1 or more. A number
            is never given twice.
        source (str): Name of the collection.
        path (str): File relative to the folder of the source, or the address
            of a stream.
        content_hash (str): Digest of the content of the file.
        size (tuple[int, int]): Width and height of the image in pixels.
        camera (str): Camera; '' if unknown.
        time (float | None): Seconds from the start of the video, or POSIX
            time of the photograph; None if unknown.
        frame (int | None): Index of the frame; None for a photograph.
        num_persons (int): Number of stored persons.
    """

    number: int
    source: str
    path: str
    content_hash: str
    size: tuple[int, int]
    camera: str
    time: float | None
    frame: int | None
    num_persons: int


def read_scenes(
    store: Store,
    source: str | None,
    camera: str | None,
    start: int,
    num: int,
) -> list[Scene]:
    """Read scenes by rising number.

    Args:
        store (Store): The database.
        source (str | None): Name of the source; None for any.
        camera (str | None): Name of the camera; None for any.
        start (int): Number of scenes to pass over.
        num (int): Largest number of scenes.

    Returns:
        list[Scene]: The scenes.
    """
    condition, values = _condition(source, camera)
    return _read(
        store,
        f'{condition} ORDER BY r.id LIMIT ? OFFSET ?',
        *(*values, num, start),
    )


def count_scenes(store: Store, source: str | None, camera: str | None) -> int:
    """Count scenes.

    Args:
        store (Store): The database.
        source (str | None): Name of the source; None for any.
        camera (str | None): Name of the camera; None for any.

    Returns:
        int: Number of scenes.
    """
    condition, values = _condition(source, camera)
    sql = f'SELECT count(*) FROM {_JOINED} WHERE {condition}'
    return int(store.one(sql, *values)[0])


def find_scene(store: Store, number: int) -> Scene | None:
    """Read one scene.

    Args:
        store (Store): The database.
        number (int): Number of the scene.

    Returns:
        Scene | None: The scene; None if there is none of this number.
    """
    found = _read(store, 'r.id = ?', number)
    return found[0] if found else None


def rows_of_scene(store: Store, number: int) -> list[int]:
    """Find the persons of a scene.

    Args:
        store (Store): The database.
        number (int): Number of the scene.

    Returns:
        list[int]: Rising numbers of persons.
    """
    found = store.all(
        'SELECT row FROM persons WHERE frame = ? ORDER BY row', number
    )
    return [row for (row,) in found]


def scenes_of_rows(store: Store, rows: Sequence[int]) -> dict[int, int]:
    """Find the scenes of persons.

    Args:
        store (Store): The database.
        rows (Sequence[int]): Numbers of persons.

    Returns:
        dict[int, int]: Number of the scene by the number of the person,
        without persons that are not in the gallery.
    """
    marks = ', '.join('?' * len(rows))
    found = store.all(
        f'SELECT row, frame FROM persons WHERE row IN ({marks})', *rows
    )
    return dict(found)


def rows_of_sighting(store: Store, row: int) -> list[int]:
    """Find the persons of the sighting of a person.

    Args:
        store (Store): The database.
        row (int): Number of a person.

    Returns:
        list[int]: Rising numbers of persons.
    """
    found = store.all(
        'SELECT p.row FROM persons AS q JOIN persons AS p '
        'ON p.sighting = q.sighting WHERE q.row = ? ORDER BY p.row',
        row,
    )
    return [other for (other,) in found]


def _condition(
    source: str | None, camera: str | None
) -> tuple[str, list[str | bytes]]:
    wanted = {'s.name': source, 'c.name': camera}
    parts = [f'{key} = ?' for key, name in wanted.items() if name is not None]
    values = [to_sql(name) for name in wanted.values() if name is not None]
    return ' AND '.join(parts) or '1', values


def _read(store: Store, condition: str, *values: Any) -> list[Scene]:
    found = store.all(
        'SELECT r.id, s.name, f.path, f.content_hash, r.width, r.height, '
        'c.name, r.time, r.frame, '
        '(SELECT count(*) FROM persons WHERE frame = r.id) '
        f'FROM {_JOINED} WHERE {condition}',
        *values,
    )
    with store.sound():
        return [_scene(row) for row in found]


def _scene(row: Any) -> Scene:
    return Scene(*read_frame(row[:9]), int(row[9]))
