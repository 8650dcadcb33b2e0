"""Points of the two collections: persons, files and frames.

The collection of persons has the row as the id, the embedding as the vector,
and what the filters and the hits need as the payload. The other collection
has no vectors. Ids of files and frames follow from their names: a write that
is repeated changes nothing.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import numpy as np
from qdrant_client.models import PointStruct

from ..entries import Entry, FileState, Person

#: Namespace of the ids of files and frames.
_SPACE = UUID('6d6d646d-7200-5000-8000-67616c6c6572')
#: Mark of a name that is not valid Unicode, written in hexadecimal digits.
_MARK = '\x01'
#: Frame of a photograph.
PHOTOGRAPH = -1
#: Kinds of points of the second collection.
FILE, FRAME = 'file', 'frame'
#: States of files.
GOOD, BAD = 'good', 'bad'


def to_text(name: str) -> str:
    r"""Turn a name into text that JSON in UTF-8 can carry.

    Args:
        name (str): Name, perhaps of bytes that are not valid UTF-8.

    Returns:
        str: The name itself if it is valid.

    Example:
        >>> to_text('ü.jpg'), to_text('zo' + chr(0xdceb))
        ('ü.jpg', '\x017a6fedb3ab')
    """
    try:
        name.encode('utf-8')
    except UnicodeEncodeError:
        return _MARK + name.encode('utf-8', 'surrogatepass').hex()
    return name if not name.startswith(_MARK) else _MARK + name.encode().hex()


def from_text(text: str) -> str:
    r"""Turn text back into the name.

    Args:
        text (str): Result of :func:`to_text`.

    Returns:
        str: The name.

    Example:
        >>> all(from_text(to_text(name)) == name
        ...     for name in ('ü', '\x01', 'zo' + chr(0xdceb)))
        True
    """
    if not text.startswith(_MARK):
        return text
    return bytes.fromhex(text[1:]).decode('utf-8', 'surrogatepass')


def file_id(source: str, path: str) -> str:
    """Id of a file.

    Args:
        source (str): Name of the source.
        path (str): Path of the file.

    Returns:
        str: UUID of the names.
    """
    return str(uuid5(_SPACE, f'{to_text(source)}\0{to_text(path)}'))


@dataclass(frozen=True)
class FileRecord:
    """A file of a gallery.

    Args:
        source (str): Name of the source.
        path (str): Path of the file.
        number (int): Place among all files in the order of their adding.
        state (FileState): What is known of the file.
    """

    source: str
    path: str
    number: int
    state: FileState

    @property
    def id(self) -> str:
        """str: Id of the point."""
        return file_id(self.source, self.path)

    def to_point(self) -> PointStruct:
        """Make the point of the file.

        Returns:
            PointStruct: Point without a vector.
        """
        state = self.state
        payload = dict(
            kind=FILE,
            source=to_text(self.source),
            path=to_text(self.path),
            number=self.number,
            content=state.content_hash,
            size_bytes=state.size_bytes,
            mtime_ns=state.mtime_ns,
            complete=state.complete,
            reason=to_text(state.reason),
            state=BAD if state.reason else GOOD,
        )
        return PointStruct(id=self.id, vector={}, payload=payload)

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> 'FileRecord':
        """Read the point of a file.

        Args:
            payload (dict[str, Any]): Payload of the point.

        Returns:
            FileRecord: The file.
        """
        return cls(
            from_text(payload['source']),
            from_text(payload['path']),
            payload['number'],
            FileState(
                payload['content'],
                payload['size_bytes'],
                payload['mtime_ns'],
                payload['complete'],
                from_text(payload['reason']),
            ),
        )


def frame_number(entry: Entry) -> int:
    """Number of the frame of an entry.

    Args:
        entry (Entry): Photograph or frame.

    Returns:
        int: Index of the frame, -1 for a photograph.
    """
    return PHOTOGRAPH if entry.frame is None else int(entry.frame)


def frame_point(entry: Entry) -> PointStruct:
    """Make the point of a photograph or frame.

    Args:
        entry (Entry): Photograph or frame.

    Returns:
        PointStruct: Point without a vector.
    """
    file = file_id(entry.source, entry.path)
    frame = frame_number(entry)
    payload = dict(
        kind=FRAME,
        file=file,
        frame=frame,
        camera=to_text(entry.camera),
        **_time(entry),
    )
    # The same frame always has the same id, so it is replaced, not doubled.
    number = str(uuid5(UUID(file), str(frame)))
    return PointStruct(id=number, vector={}, payload=payload)


def person_points(
    entry: Entry,
    codes: np.ndarray,
    rows: list[int],
    sightings: list[int],
) -> list[PointStruct]:
    """Make the points of the persons of an entry.

    Args:
        entry (Entry): Photograph or frame with n persons.
        codes (np.ndarray): (n, D) float16 embeddings.
        rows (list[int]): Numbers of the persons.
        sightings (list[int]): Sighting of each person.

    Returns:
        list[PointStruct]: n points.
    """
    width, height = entry.size
    shared = dict(
        file=file_id(entry.source, entry.path),
        frame=frame_number(entry),
        source=to_text(entry.source),
        path=to_text(entry.path),
        content=entry.content_hash,
        width=int(width),
        height=int(height),
        camera=to_text(entry.camera),
        **_time(entry),
    )
    found = entry.detections
    return [
        PointStruct(
            id=row,
            vector=code.astype(float).tolist(),
            payload=dict(shared, box=box, score=score, sighting=sighting),
        )
        for row, code, box, score, sighting in zip(
            rows,
            codes,
            found.boxes.astype(float).tolist(),
            found.scores.astype(float).tolist(),
            sightings,
        )
    ]


def person(row: int, payload: dict[str, Any]) -> Person:
    """Read the point of a person.

    Args:
        row (int): Number of the person.
        payload (dict[str, Any]): Payload of the point.

    Returns:
        Person: The person.
    """
    frame = payload['frame']
    return Person(
        row,
        from_text(payload['source']),
        from_text(payload['path']),
        payload['content'],
        (payload['width'], payload['height']),
        from_text(payload['camera']),
        payload.get('time'),
        None if frame == PHOTOGRAPH else frame,
        np.array(payload['box'], dtype=np.float64),
        payload['score'],
        payload['sighting'],
    )


def _time(entry: Entry) -> dict[str, float]:
    """Time of an entry; no field if it is unknown, so no filter keeps it."""
    return {} if entry.time is None else dict(time=float(entry.time))
