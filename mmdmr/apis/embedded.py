"""Embedded pictures on their way to the gallery, without their pixels."""

from dataclasses import dataclass, field

import numpy as np

from mmdmr.structures import Detections


@dataclass(frozen=True, eq=False)
class EmbeddedPicture:
    """A photograph or a frame with its persons, without the pixels.

    Args:
        path (str): Name in the gallery.
        content_hash (str): Digest of the file; '' for a live stream.
        size (tuple[int, int]): Width and height in pixels.
        detections (Detections): Persons of this one picture.
        size_bytes (int): Size of the file.
        mtime_ns (int): Time of the file's last change.
        time (float | None): Seconds from the start of a video, or POSIX time
            of a photograph.
        frame (int | None): Index of a frame of a video.
        thumbnail (np.ndarray | None): See :func:`~.sightings.thumbnail`.
    """

    path: str
    content_hash: str
    size: tuple[int, int]
    detections: Detections
    size_bytes: int
    mtime_ns: int
    time: float | None
    frame: int | None
    thumbnail: np.ndarray | None


@dataclass(frozen=True)
class BadFile:
    """A file that cannot be read, or not to its end.

    Args:
        name (str): Path in the source.
        reason (str): What is wrong.
        content (tuple[str, int, int] | None): Digest, size in bytes and time
            of the last change, by which the file is known again. Defaults to
            None: not even its bytes can be read.
    """

    name: str
    reason: str
    content: tuple[str, int, int] | None = None


@dataclass(frozen=True, eq=False)
class EmbeddedBatch:
    """Some photographs, or some frames of one video, in their order.

    Args:
        pictures (tuple[EmbeddedPicture, ...]): Embedded pictures. Defaults to
            ().
        video (str | None): Name of the video that the pictures are frames of.
            Defaults to None: they are photographs.
        begun (tuple[str, ...]): Files that could be opened; a file stands in
            its first batch only. Defaults to ().
        refused (dict[str, str]): Reasons of the model to refuse a picture, by
            file. Defaults to {}.
        bad (tuple[BadFile, ...]): Files that cannot be read. Defaults to ().
        complete (bool): True if the batch ends a video that was read to its
            end. Defaults to False.
    """

    pictures: tuple[EmbeddedPicture, ...] = ()
    video: str | None = None
    begun: tuple[str, ...] = ()
    refused: dict[str, str] = field(default_factory=dict)
    bad: tuple[BadFile, ...] = ()
    complete: bool = False
