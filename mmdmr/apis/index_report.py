"""Options of an indexing, and the report of what it did."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

#: Walks through items and shows the progress: ``progress(items, total)``, with
#: None for an unknown total.
Progress = Callable[[Iterable[Any], int | None], Iterable[Any]]


@dataclass(frozen=True)
class IndexOptions:
    """Options of an indexing.

    Args:
        camera (Callable[[str], str]): Camera of a file, by its path in the
            source; '' if unknown.
        every_seconds (float | None): Seconds between the frames of a video.
        every_frames (int | None): Every n-th frame of a video instead.
        limit (int | None): Largest number of frames of a video.
        group_photographs (bool): True to take a person in neighbouring
            photographs, which are nearly the same, for one sighting.
        batch_size (int): Photographs or frames that are embedded and stored
            at a time.
        progress (Progress): Shows the progress.
    """

    camera: Callable[[str], str]
    every_seconds: float | None
    every_frames: int | None
    limit: int | None
    group_photographs: bool
    batch_size: int
    progress: Progress


@dataclass
class IndexReport:
    """What an indexing did.

    Attributes:
        source (str): Name of the source in the gallery.
        num_new (int): Files that were indexed for the first time.
        num_changed (int): Files that had changed and were indexed anew.
        num_unchanged (int): Files that were in the gallery already.
        num_gone (int): Files of the gallery that the source no longer holds.
        num_frames (int): Photographs and frames that were searched for
            persons.
        num_persons (int): Persons that were added.
        bad (dict[str, str]): Files that could not be read, or not to their
            end, with the reasons.
        notes (list[str]): What was left out of the source, such as files that
            are neither images nor videos.
    """

    source: str
    num_new: int = 0
    num_changed: int = 0
    num_unchanged: int = 0
    num_gone: int = 0
    num_frames: int = 0
    num_persons: int = 0
    bad: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
