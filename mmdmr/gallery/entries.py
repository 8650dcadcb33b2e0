"""What a gallery takes and gives: photographs, frames, persons, files."""

from dataclasses import dataclass

import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import Detections


@dataclass(frozen=True, eq=False)
class Entry:
    """A photograph, or a frame of a video, with its detected persons.

    Args:
        source (str): Name of the collection, such as the name of a folder.
        path (str): File relative to the folder of the source, with ``/``
            between the parts; the address of a stream.
        content_hash (str): Digest of the content of the file; '' for a
            stream.
        size (tuple[int, int]): Width and height of the upright image in
            pixels.
        detections (Detections): Persons of this one image. Embeddings are
            scaled to unit length when they are stored.
        camera (str): Camera; '' if unknown. Defaults to ''.
        time (float | None): Seconds from the start of a video, or POSIX time
            of a photograph; None if unknown. Defaults to None.
        frame (int | None): Index of the frame in a video, 0 or more. Defaults
            to None: the entry is a photograph.
        sightings (np.ndarray | None): (n,) int64 sighting of each person,
            0 or more. Persons of one sighting share the number. Defaults to
            None: each person is a sighting of its own.
        size_bytes (int): Size of the file, to see whether it changed. Defaults
            to 0: unknown.
        mtime_ns (int): Time of the last change of the file in nanoseconds.
            Defaults to 0: unknown.

    Example:
        >>> persons = Detections.from_counts(
        ...     np.array([[0., 0., 40., 90.]]), np.ones(1), np.eye(1, 8), [1])
        >>> Entry('holiday', 'beach/1.jpg', 'ab12', (640, 480), persons).frame
    """

    source: str
    path: str
    content_hash: str
    size: tuple[int, int]
    detections: Detections
    camera: str = ''
    time: float | None = None
    frame: int | None = None
    sightings: np.ndarray | None = None
    size_bytes: int = 0
    mtime_ns: int = 0


@dataclass(frozen=True, eq=False)
class Person:
    """A stored person, without the embedding.

    Args:
        row (int): Number of the person in the gallery, 1 or more. A number
            is never given twice.
        source (str): Name of the collection.
        path (str): File relative to the folder of the source.
        content_hash (str): Digest of the content of the file.
        size (tuple[int, int]): Width and height of the image in pixels.
        camera (str): Camera; '' if unknown.
        time (float | None): Seconds from the start of the video, or POSIX
            time of the photograph; None if unknown.
        frame (int | None): Index of the frame; None for a photograph.
        box (np.ndarray): (4,) float64 ``x1, y1, x2, y2`` in pixels.
        score (float): Confidence of the detection.
        sighting (int): Sighting that the person belongs to.
    """

    row: int
    source: str
    path: str
    content_hash: str
    size: tuple[int, int]
    camera: str
    time: float | None
    frame: int | None
    box: np.ndarray
    score: float
    sighting: int


@dataclass(frozen=True)
class Sighting:
    """A person in neighbouring frames of a video.

    Args:
        number (int): Number of the sighting.
        start (float | None): Earliest time in seconds; None if unknown.
        end (float | None): Latest time in seconds; None if unknown.
        num_views (int): Number of stored persons of the sighting.
    """

    number: int
    start: float | None
    end: float | None
    num_views: int


@dataclass(frozen=True)
class FileState:
    """What a gallery knows of a file, to index only what changed.

    Args:
        content_hash (str): Digest of the content; '' if unknown.
        size_bytes (int): Size of the file; 0 if unknown.
        mtime_ns (int): Time of the last change in nanoseconds; 0 if unknown.
        complete (bool): False for a video of which only the first frames are
            stored, since indexing was interrupted.
        reason (str): What is wrong with the file. Defaults to '': nothing.
    """

    content_hash: str
    size_bytes: int
    mtime_ns: int
    complete: bool
    reason: str = ''


def check_entry(entry: Entry, dim: int) -> None:
    """Check that an entry can be stored.

    Args:
        entry (Entry): Photograph or frame.
        dim (int): Length of the embeddings of the gallery.

    Raises:
        InputError: A field is wrong.
    """
    where = f'{entry.source}/{entry.path}'
    found = entry.detections
    if found.num_images != 1:
        raise InputError(
            f'{where}: an entry holds the persons of one image, not of '
            f'{found.num_images}'
        )
    if len(found) and found.feats.shape[1] != dim:
        raise InputError(
            f'{where}: embeddings of length {found.feats.shape[1]}, but the '
            f'gallery holds embeddings of length {dim}'
        )
    if entry.frame is not None and entry.frame < 0:
        raise InputError(f'{where}: frame {entry.frame} is below 0')
    if entry.time is not None and not np.isfinite(entry.time):
        raise InputError(f'{where}: the time is {entry.time}')
    sightings = entry.sightings
    if sightings is not None and (
        np.shape(sightings) != (len(found),)
        or np.asarray(sightings).dtype.kind not in 'iu'
        or (np.asarray(sightings) < 0).any()
    ):
        raise InputError(
            f'{where}: sightings must be {len(found)} whole numbers of 0 or '
            'more, one of each person'
        )


def number_sightings(entry: Entry, first_free: int) -> tuple[list[int], int]:
    """Sightings of the persons of an entry.

    Args:
        entry (Entry): Photograph or frame.
        first_free (int): Least number that no sighting of the gallery ever
            had.

    Returns:
        tuple[list[int], int]: Sighting of each person, and the least number
        that is free then.

    Example:
        >>> persons = Detections.from_counts(
        ...     np.zeros((2, 4)), np.ones(2), np.eye(2), [2])
        >>> entry = Entry('holiday', '1.jpg', 'ab', (64, 48), persons)
        >>> number_sightings(entry, 7)
        ([7, 8], 9)
    """
    num = len(entry.detections)
    if entry.sightings is None:
        numbers = list(range(first_free, first_free + num))
    else:
        numbers = [int(number) for number in entry.sightings]
    return numbers, max([first_free, *(number + 1 for number in numbers)])
