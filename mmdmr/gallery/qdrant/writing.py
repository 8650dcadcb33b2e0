"""Changes of a Qdrant gallery: adding, finishing, skipping, removing files.

Qdrant has no transactions. So the order of the writes makes a change safe: a
file is marked as incomplete before its persons change, and as complete after.
Whatever ends the process in between, the next indexing sees the mark, removes
what there is of the file and indexes the file again. Numbers are claimed
before they are used, and no write that is repeated stores anything twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
from qdrant_client import models

from mmdmr.errors import InputError

from ..entries import Entry, FileState, check_entry, number_sightings
from ..vectors import encode, unit_rows
from .batch import Batch, Numbered
from .claim import Claim
from .conditions import is_any, is_value
from .head import STORED
from .points import FILE, FileRecord, file_id, to_text
from .store import QdrantStore

#: Files that are removed at a time.
_SOME = 500


class Writer:
    """Changes a gallery, as its one writer.

    Args:
        store (QdrantStore): The collections.

    Raises:
        InputError: Another process writes to the gallery.
    """

    def __init__(self, store: QdrantStore) -> None:
        self._store = store
        self.claim = Claim(store)

    def add(self, entries: Sequence[Entry]) -> np.ndarray:
        """Store photographs and frames.

        Args:
            entries (Sequence[Entry]): Photographs and frames.

        Returns:
            np.ndarray: (n,) int64 numbers of the new persons.

        Raises:
            InputError: An entry is wrong, or another process has taken over.
            ConnectionError: The server does not answer.
        """
        numbered = self._number(entries)
        ids = [file_id(entry.source, entry.path) for entry in entries]
        next_file = self.claim.head.next_file - len(set(ids))
        batch = Batch(self._records(ids), next_file)
        for one in numbered:
            batch.add(one)
        rows = [row for one in numbered for row in one.rows]
        store = self._store
        store.upsert(
            store.files, [r.to_point() for r in batch.unfinished_records()]
        )
        replaced = batch.replaced()
        if replaced is not None:
            store.delete(store.persons, replaced)
            store.delete(store.files, replaced)
        store.upsert(store.files, batch.frame_points())
        store.upsert(store.persons, batch.person_points())
        self._check_claim(rows)
        store.upsert(
            store.files, [r.to_point() for r in batch.complete_records()]
        )
        return np.array(rows, dtype=np.int64)

    def finish(self, source: str, path: str) -> None:
        """Note that all frames of a video are stored.

        Args:
            source (str): Name of the source.
            path (str): Path of the video.

        Raises:
            InputError: The file is unknown.
        """
        record = self._records([file_id(source, path)]).get(
            file_id(source, path)
        )
        if record is None:
            raise InputError(f'{path}: not a file of the source {source!r}')
        self.claim.change(self.claim.head)
        self._write(_completed(record, True))

    def skip(
        self,
        source: str,
        path: str,
        reason: str,
        content: tuple[str, int, int],
    ) -> None:
        """Remember a file that cannot be read.

        Args:
            source (str): Name of the source.
            path (str): Path of the file.
            reason (str): What is wrong with the file.
            content (tuple[str, int, int]): Digest, size in bytes and time of
                the last change in nanoseconds.
        """
        head = self.claim.head
        number = head.next_file
        id = file_id(source, path)
        known = self._records([id]).get(id)
        if known is None:
            head = replace(head, next_file=number + 1)
        else:
            number = known.number
        self.claim.change(head.with_names(source))
        if known is not None and known.state.content_hash != content[0]:
            self._write(_completed(known, False))
            self._delete_persons([id])
        state = FileState(*content, complete=True, reason=reason)
        self._write(FileRecord(source, path, number, state))

    def set_root(self, source: str, root: str) -> None:
        """Remember the folder of a source.

        Args:
            source (str): Name of the source.
            root (str): Folder that the paths are relative to.
        """
        head = self.claim.head
        self.claim.change(replace(head, roots={**head.roots, source: root}))

    def set_origin(self, origin: dict[str, str]) -> None:
        """Remember how the model of a gallery is loaded.

        Args:
            origin (dict[str, str]): Files by the names of the arguments.
        """
        self.claim.change(replace(self.claim.head, origin=dict(origin)))

    def remove(self, source: str | None, paths: Sequence[str] | None) -> int:
        """Remove files with their persons.

        Args:
            source (str | None): Name of the source; None: any.
            paths (Sequence[str] | None): Paths of the files; None: any.

        Returns:
            int: Number of removed persons.
        """
        store, num = self._store, 0
        for records in _chunks(self._matching(source, paths)):
            self.claim.change(self.claim.head)
            # A removal that is cut short is no complete file with fewer
            # persons.
            store.upsert(
                store.files,
                [_completed(r, False).to_point() for r in records],
            )
            num += self._delete_persons([record.id for record in records])
            store.delete(store.files, [record.id for record in records])
        return num

    def _number(self, entries: Sequence[Entry]) -> list[Numbered]:
        """Check the entries, and claim numbers for all that they add."""
        head = self.claim.head
        for entry in entries:
            check_entry(entry, head.model.dim)
        numbered = []
        for entry in entries:
            codes = encode(
                unit_rows(entry.detections.feats, entry.path), STORED
            )
            sightings, after = number_sightings(entry, head.next_sighting)
            rows = range(head.next_row, head.next_row + len(codes))
            numbered.append(Numbered(entry, codes, list(rows), sightings))
            head = replace(
                head.with_names(entry.source, entry.camera),
                next_row=rows.stop,
                next_sighting=after,
            )
        files = {(entry.source, entry.path) for entry in entries}
        # Some of the files are known, so some of the numbers stay unused.
        self.claim.change(replace(head, next_file=head.next_file + len(files)))
        return numbered

    def _check_claim(self, rows: list[int]) -> None:
        """Take back what was written after another process took over."""
        try:
            self.claim.check()
        except InputError:
            if rows:
                self._store.delete(self._store.persons, rows)
            raise

    def _records(self, ids: Iterable[str]) -> dict[str, FileRecord]:
        """Known files by id."""
        found = self._store.retrieve(self._store.files, sorted(set(ids)))
        records = [FileRecord.from_payload(p.payload or {}) for p in found]
        return {record.id: record for record in records}

    def _matching(
        self, source: str | None, paths: Sequence[str] | None
    ) -> list[FileRecord]:
        """Files of a source, of some paths, or of both."""
        if source is not None and paths is not None:
            ids = [file_id(source, path) for path in paths]
            return list(self._records(ids).values())
        must: list[models.Condition] = [is_value('kind', FILE)]
        if source is not None:
            must.append(is_value('source', to_text(source)))
        if paths is not None:
            must.append(is_any('path', [to_text(path) for path in paths]))
        found = self._store.scroll(self._store.files, models.Filter(must=must))
        return [FileRecord.from_payload(p.payload or {}) for p in found]

    def _delete_persons(self, ids: list[str]) -> int:
        """Delete persons and frames of files; returns the persons' number."""
        store = self._store
        of_files = models.Filter(must=[is_any('file', ids)])
        num = store.count(store.persons, of_files)
        store.delete(store.persons, of_files)
        store.delete(store.files, of_files)
        return num

    def _write(self, record: FileRecord) -> None:
        self._store.upsert(self._store.files, [record.to_point()])


def _completed(record: FileRecord, complete: bool) -> FileRecord:
    return replace(record, state=replace(record.state, complete=complete))


def _chunks(records: list[FileRecord]) -> Iterable[list[FileRecord]]:
    remaining = iter(records)
    while chunk := list(islice(remaining, _SOME)):
        yield chunk
