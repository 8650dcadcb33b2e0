"""Filling a gallery from folders, files, videos, streams and arrays."""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain, groupby
from pathlib import Path

import numpy as np

from mmdmr.errors import InputError, printable
from mmdmr.gallery import AnyGallery, Entry, FileState
from mmdmr.inference import Embedder
from mmdmr.media.addresses import is_live
from mmdmr.media.files import MediaFile, MediaFiles
from mmdmr.media.hashing import content_hash

from .embedded import EmbeddedBatch, EmbeddedPicture
from .embedding import (
    NO_IMAGE,
    EmbedFiles,
    embed_files,
    embed_frames,
    embed_images,
    reason_of,
)
from .index_options import IndexOptions
from .index_report import IndexReport
from .pictures import NamedImage, Picture, given_pictures
from .sightings import PhotographTracker, SightingTracker

#: Sightings of the persons of the next picture.
Track = Callable[[EmbeddedPicture], np.ndarray]
#: Seconds a person may be out of sight within a sighting.
_MAX_GAP = 5.0


class Indexer:
    """Stores the embedded pictures of one source, batch by batch.

    A batch is stored before the next one is asked for. If the process ends,
    at most the current batch is lost.

    Args:
        embedder (Embedder): Detects and embeds persons.
        gallery (AnyGallery): Gallery that is open for writing.
        source (str): Name of the source.
        options (IndexOptions): Options.
        embed_with (EmbedFiles | None): Embeds files, such as with workers on
            several machines. Defaults to None: in this process, with the
            embedder.

    Attributes:
        report (IndexReport): What was done so far.
    """

    def __init__(
        self,
        embedder: Embedder,
        gallery: AnyGallery,
        source: str,
        options: IndexOptions,
        embed_with: EmbedFiles | None = None,
    ) -> None:
        self.embedder = embedder
        self.gallery = gallery
        self.source = source
        self.options = options
        self.embed_with = embed_with or partial(
            embed_files, embedder, options.embedding
        )
        self.report = IndexReport(source)
        self.known = gallery.known(source)

    def add_media(self, media: MediaFiles, prune: bool = False) -> None:
        """Index the images and videos of a folder or a list.

        Args:
            media (MediaFiles): The files.
            prune (bool): True to remove the persons of files that the source
                no longer holds. Defaults to False.
        """
        self.report.notes += media.notes()
        for error in media.unusable:
            name = str(error).removesuffix(f': {error.reason}')
            self.report.bad[name] = error.reason
        self._remove_gone(media, prune)
        todo = [file for file in media if self._is_new(file)]
        images = [file for file in todo if file.kind == 'image']
        videos = [file for file in todo if file.kind == 'video']
        embedded = self.embed_with([*images, *videos])
        for video, of_one in groupby(embedded, lambda batch: batch.video):
            if video is None:
                self._walk(of_one, self._photograph_track(), len(images))
            else:
                self._walk(self._replacing(of_one, video), self._frame_track())

    def add_stream(self, address: str, shown: str) -> None:
        """Index a network stream or a webcam until it ends.

        Args:
            address (str): Address or device.
            shown (str): Address without a password, the name in the gallery.

        Raises:
            BadMedia: The stream cannot be opened.
        """
        errors: list[InputError | OSError] = []
        embedded = embed_frames(
            self.embedder,
            address,
            Picture(shown, NO_IMAGE, ''),
            self.options.embedding,
            errors,
        )
        # A live stream begins anew each time: its former days stay.
        if not is_live(address):
            embedded = self._replacing(embedded, shown)
        self._walk(embedded, self._frame_track())
        if errors and not self.report.num_frames:
            raise errors[0]
        if errors:
            self.report.bad[shown] = reason_of(errors[0])
        self.report.num_new += 1

    def add_arrays(self, images: Iterable[NamedImage]) -> None:
        """Index images that a program gives.

        Args:
            images (Iterable): (h, w, 3) uint8 images, BGR; or pairs of a name
                and an image.

        Raises:
            InputError: An item is something else.
        """
        size = self.options.embedding.batch_size
        self._walk(embed_images(self.embedder, self._new(images), size))

    def _new(self, images: Iterable[NamedImage]) -> Iterator[Picture]:
        """Given images that are not in the gallery."""
        for picture in given_pictures(images):
            known = self.known.get(picture.path)
            if known and known.content_hash == picture.content_hash:
                self.report.num_unchanged += 1
            else:
                self._count(picture.path)
                yield picture

    def _remove_gone(self, media: MediaFiles, prune: bool) -> None:
        gone = [
            path
            for path in set(self.known) - {file.name for file in media}
            # Not what a list leaves out, or a folder hides that is closed.
            if not os.path.lexists(media.root / path)
            and not _is_within(printable(media.root / path), self.report.bad)
        ]
        self.report.num_gone = len(gone)
        if prune and gone:
            self.gallery.remove(source=self.source, path=gone)

    def _is_new(self, file: MediaFile) -> bool:
        """Whether a file is missing in the gallery, or has changed."""
        known = self.known.get(file.name)
        if known is None or not known.complete:
            return True
        # A file that was only copied or touched has its old content.
        if not (
            _is_as_known(file.path, known)
            or _has_content(file.path, known.content_hash)
        ):
            return True
        if known.reason:
            self.report.bad[file.name] = known.reason
        else:
            self.report.num_unchanged += 1
        return False

    def _count(self, path: str) -> None:
        if path in self.known:
            self.report.num_changed += 1
        else:
            self.report.num_new += 1

    def _photograph_track(self) -> Track | None:
        if not self.options.group_photographs:
            return None
        tracker = PhotographTracker(self.gallery.next_sighting)

        def track(picture: EmbeddedPicture) -> np.ndarray:
            assert picture.thumbnail is not None
            return tracker.update(
                picture.detections, picture.time, picture.thumbnail
            )

        return track

    def _frame_track(self) -> Track:
        tracker = SightingTracker(self.gallery.next_sighting, _MAX_GAP)
        last = 0.0

        def track(picture: EmbeddedPicture) -> np.ndarray:
            nonlocal last
            time = picture.time or 0.0
            # Between two frames nobody has left, however far they are apart.
            tracker.max_gap = max(_MAX_GAP, 2 * (time - last))
            last = time
            return tracker.update(picture.detections, time)

        return track

    def _replacing(
        self, embedded: Iterable[EmbeddedBatch], path: str
    ) -> Iterator[EmbeddedBatch]:
        """Batches of a video; before the first frames, the former ones go.

        They would stand beside the new ones if another interval was chosen
        since.
        """
        batches = iter(embedded)
        for batch in batches:
            if batch.pictures or batch.refused:
                self.gallery.remove(source=self.source, path=path)
                yield from chain([batch], batches)
                return
            yield batch

    def _walk(
        self,
        embedded: Iterable[EmbeddedBatch],
        track: Track | None = None,
        total: int | None = None,
    ) -> None:
        """Store batches and show the progress."""
        for _ in self.options.progress(self._stored(embedded, track), total):
            pass

    def _stored(
        self, embedded: Iterable[EmbeddedBatch], track: Track | None
    ) -> Iterator[int]:
        """Store batches; yields as often as there are pictures."""
        for batch in embedded:
            self._store(batch, track)
            num = len(batch.pictures) + len(batch.refused) + len(batch.bad)
            yield from range(num)

    def _store(self, batch: EmbeddedBatch, track: Track | None) -> None:
        for name in batch.begun:
            self._count(name)
        self.report.bad.update(batch.refused)
        for bad in batch.bad:
            # It is tried again when it changes, or if it cannot be opened.
            self.report.bad[bad.name] = bad.reason
            if bad.content is not None:
                self.gallery.skip(
                    self.source, bad.name, bad.reason, *bad.content
                )
        if batch.pictures:
            self.gallery.add(
                [self._entry(picture, track) for picture in batch.pictures]
            )
        self.report.num_frames += len(batch.pictures)
        self.report.num_persons += sum(
            len(picture.detections) for picture in batch.pictures
        )
        if batch.complete and batch.video is not None:
            self.gallery.finish(self.source, batch.video)

    def _entry(self, picture: EmbeddedPicture, track: Track | None) -> Entry:
        return Entry(
            source=self.source,
            path=picture.path,
            content_hash=picture.content_hash,
            size=picture.size,
            detections=picture.detections,
            camera=self.options.camera(picture.path),
            time=picture.time,
            frame=picture.frame,
            sightings=track and track(picture),
            size_bytes=picture.size_bytes,
            mtime_ns=picture.mtime_ns,
        )


def _is_within(path: str, folders: Iterable[str]) -> bool:
    """Whether a path is one of some paths, or lies in one of them."""
    return any(f'{path}/'.startswith(f'{folder}/') for folder in folders)


def _is_as_known(path: Path, known: FileState) -> bool:
    try:
        status = path.stat()
    except OSError:
        # It has gone since the folder was searched: reading it tells.
        return False
    return (status.st_size, status.st_mtime_ns) == (
        known.size_bytes,
        known.mtime_ns,
    )


def _has_content(path: Path, digest: str) -> bool:
    try:
        return content_hash(path) == digest
    except (InputError, OSError):
        return False
