"""A batch of photographs and frames: what it replaces and what it writes."""

from collections import defaultdict
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from qdrant_client import models

from ..entries import Entry, FileState
from .conditions import is_any, is_value
from .points import (
    FileRecord,
    file_id,
    frame_number,
    frame_point,
    person_points,
)


class Numbered(NamedTuple):
    """An entry with the numbers of its n persons.

    Args:
        entry (Entry): Photograph or frame.
        codes (np.ndarray): (n, D) embeddings as they are stored.
        rows (list[int]): Numbers of the persons.
        sightings (list[int]): Sighting of each person.
    """

    entry: Entry
    codes: np.ndarray
    rows: list[int]
    sightings: list[int]


class Batch:
    """Entries that are stored together, in memory.

    Args:
        known (dict[str, FileRecord]): Files of the batch that the gallery
            holds, by id.
        next_file (int): Number of the first file that it does not hold.
    """

    def __init__(self, known: dict[str, FileRecord], next_file: int) -> None:
        self._known = known
        self._next_file = next_file
        self._records: dict[str, FileRecord] = {}
        # What is written in the end, by file and frame.
        self._entries: dict[tuple[str, int], Numbered] = {}
        # Files of which everything goes, and frames that go, by file.
        self._dropped: set[str] = set()
        self._frames: dict[str, set[int]] = defaultdict(set)

    def add(self, numbered: Numbered) -> None:
        """Add an entry; it replaces what there is of the same frame.

        If the content of the file changed, all former frames go.

        Args:
            numbered (Numbered): The entry.
        """
        entry = numbered.entry
        id, frame = file_id(entry.source, entry.path), frame_number(entry)
        former = self._records.get(id) or self._known.get(id)
        if former is None:
            number, self._next_file = self._next_file, self._next_file + 1
        else:
            number = former.number
            if former.state.content_hash != entry.content_hash:
                self._drop(id)
        state = FileState(
            entry.content_hash,
            entry.size_bytes,
            entry.mtime_ns,
            complete=entry.frame is None,
        )
        self._records[id] = FileRecord(entry.source, entry.path, number, state)
        self._frames[id].add(frame)
        self._entries[id, frame] = numbered

    def unfinished_records(self) -> list[FileRecord]:
        """Files as they are while their persons are written.

        Returns:
            list[FileRecord]: All files, marked as incomplete.
        """
        return [
            replace(record, state=replace(record.state, complete=False))
            for record in self._records.values()
        ]

    def complete_records(self) -> list[FileRecord]:
        """Files that are complete with the batch.

        Returns:
            list[FileRecord]: Photographs.
        """
        return [r for r in self._records.values() if r.state.complete]

    def replaced(self) -> models.Filter | None:
        """Conditions on persons and frames that the batch replaces.

        Returns:
            models.Filter | None: The conditions; None if all files are new.
        """
        should: list[models.Condition] = [
            models.Filter(
                must=[is_value('file', id), is_any('frame', sorted(frames))]
            )
            for id, frames in self._frames.items()
            if id in self._known and id not in self._dropped
        ]
        if self._dropped:
            should.append(is_any('file', sorted(self._dropped)))
        return models.Filter(should=should) if should else None

    def frame_points(self) -> list[models.PointStruct]:
        """Photographs and frames to write.

        Returns:
            list[models.PointStruct]: Their points.
        """
        return [frame_point(one.entry) for one in self._entries.values()]

    def person_points(self) -> list[models.PointStruct]:
        """Persons to write.

        Returns:
            list[models.PointStruct]: Their points.
        """
        return [
            point
            for one in self._entries.values()
            for point in person_points(*one)
        ]

    def _drop(self, id: str) -> None:
        """Forget all frames of a file, stored or of this batch."""
        if id in self._known:
            self._dropped.add(id)
        for key in [key for key in self._entries if key[0] == id]:
            del self._entries[key]
