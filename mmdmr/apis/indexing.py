"""Filling a gallery from folders, files, videos, streams and arrays."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from mmdmr.errors import InputError
from mmdmr.gallery import AnyGallery, Entry, FileState
from mmdmr.inference import Embedder
from mmdmr.media.addresses import is_live
from mmdmr.media.files import MediaFile, MediaFiles
from mmdmr.media.hashing import content_hash
from mmdmr.media.opening import printable
from mmdmr.media.prefetch import prefetch
from mmdmr.media.video import Frame, read_frames
from mmdmr.structures import Detections

from .batches import batches, persons_of_image
from .index_report import IndexOptions, IndexReport
from .pictures import NamedImage, Picture, given_pictures, read_picture
from .sightings import PhotographTracker, SightingTracker

#: Sightings of the persons of the next picture.
Track = Callable[[Picture, Detections], np.ndarray]
#: Place of an image that is still to come.
_NO_IMAGE = np.empty((0, 0, 3), np.uint8)
#: Seconds a person may be out of sight within a sighting.
_MAX_GAP = 5.0


class Indexer:
    """Embeds the pictures of one source, batch by batch, into a gallery.

    A batch is stored before the next one is embedded. If the process ends, at
    most the current batch is lost.

    Args:
        embedder (Embedder): Detects and embeds persons.
        gallery (AnyGallery): Gallery that is open for writing.
        source (str): Name of the source.
        options (IndexOptions): Options.

    Attributes:
        report (IndexReport): What was done so far.
    """

    def __init__(
        self,
        embedder: Embedder,
        gallery: AnyGallery,
        source: str,
        options: IndexOptions,
    ) -> None:
        self.embedder = embedder
        self.gallery = gallery
        self.source = source
        self.options = options
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
        todo = [file for file in media if self._is_new(file)]
        self._add_images([file for file in todo if file.kind == 'image'])
        for file in todo:
            if file.kind == 'video':
                self._add_video_file(file)

    def add_stream(self, address: str, shown: str) -> None:
        """Index a network stream or a webcam until it ends.

        Args:
            address (str): Address or device.
            shown (str): Address without a password, the name in the gallery.

        Raises:
            BadMedia: The stream cannot be opened.
        """
        error = self._add_frames(address, Picture(shown, _NO_IMAGE, ''))
        if error is not None and not self.report.num_frames:
            raise error
        if error is not None:
            self.report.bad[shown] = _reason(error)
        self.report.num_new += 1

    def add_arrays(self, images: Iterable[NamedImage]) -> None:
        """Index images that a program gives.

        Args:
            images (Iterable): (h, w, 3) uint8 images, BGR; or pairs of a name
                and an image.

        Raises:
            InputError: An item is something else.
        """
        self._embed(self.options.progress(self._new(images), None))

    def _new(self, images: Iterable[NamedImage]) -> Iterator[Picture]:
        """Given images that are not in the gallery."""
        for picture in given_pictures(images):
            known = self.known.get(picture.path)
            if known and known.content_hash == picture.content_hash:
                self.report.num_unchanged += 1
            else:
                self._count(known)
                yield picture

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

    def _count(self, known: FileState | None) -> None:
        if known is None:
            self.report.num_new += 1
        else:
            self.report.num_changed += 1

    def _add_images(self, files: list[MediaFile]) -> None:
        track = None
        if self.options.group_photographs:
            photographs = PhotographTracker(self.gallery.next_sighting)

            def track(picture: Picture, found: Detections) -> np.ndarray:
                return photographs.update(found, picture.time, picture.image)

        self._embed(self._decoded(files), track)

    def _decoded(self, files: list[MediaFile]) -> Iterator[Picture]:
        """Photographs; those that cannot be read are noted and left out."""
        if not files:
            return
        fetched = prefetch(files, read_picture)
        for file, picture, error in self.options.progress(fetched, len(files)):
            if picture is None:
                self._skip(file, error)
            else:
                self._count(self.known.get(file.name))
                yield picture

    def _add_video_file(self, file: MediaFile) -> None:
        known = self.known.get(file.name)
        try:
            status = file.path.stat()
            digest = content_hash(file.path)
        except (InputError, OSError) as error:
            # What is known of a file that cannot be read now stays.
            self._skip(file, error)
            return
        self._count(known)
        first = Picture(
            file.name, _NO_IMAGE, digest, status.st_size, status.st_mtime_ns
        )
        before = self.report.num_frames
        damage = self._add_frames(str(file.path), first)
        is_cut = self.report.num_frames - before == self.options.limit
        refused = self.report.bad.get(file.name)
        if damage is not None:
            self._skip(file, damage)
        elif refused is not None:
            self._skip(file, InputError(refused))
        elif not is_cut:
            # Else frames beyond the limit would be missed for ever.
            self.gallery.finish(self.source, file.name)

    def _add_frames(
        self, address: str, first: Picture
    ) -> InputError | OSError | None:
        """Embed the frames of a video and join them to sightings.

        Returns the error of a damaged place; the frames before are stored.
        """
        options = self.options
        frames = read_frames(
            address, options.every_frames, options.every_seconds, options.limit
        )
        errors: list[InputError | OSError] = []
        pictures = (
            replace(
                first,
                image=frame.image,
                time=frame.time,
                frame=_number(frame, address),
            )
            for frame in self._forgetting(
                _until_error(frames, errors), address, first.path
            )
        )
        tracker = SightingTracker(self.gallery.next_sighting, _MAX_GAP)
        last = 0.0

        def track(picture: Picture, found: Detections) -> np.ndarray:
            nonlocal last
            time = picture.time or 0.0
            # Between two frames nobody has left, however far they are apart.
            tracker.max_gap = max(_MAX_GAP, 2 * (time - last))
            last = time
            return tracker.update(found, time)

        self._embed(options.progress(pictures, None), track)
        return errors[0] if errors else None

    def _forgetting(
        self, frames: Iterator[Frame], address: str, path: str
    ) -> Iterator[Frame]:
        """Frames; with the first one, those of a former indexing go.

        They would stand beside the new ones if another interval was chosen
        since. A live stream begins anew each time: its former days stay.
        """
        for number, frame in enumerate(frames):
            if number == 0 and not is_live(address):
                self.gallery.remove(source=self.source, path=path)
            yield frame

    def _embed(
        self,
        pictures: Iterable[Picture],
        track: Track | None = None,
    ) -> None:
        """Embed and store pictures batch by batch."""
        for batch in batches(
            pictures, self.options.batch_size, lambda picture: picture.image
        ):
            embedded = self._embedded(batch)
            self.gallery.add(
                [
                    self._entry(picture, persons, track)
                    for picture, persons in embedded
                ]
            )
            self.report.num_frames += len(embedded)
            self.report.num_persons += sum(len(found) for _, found in embedded)

    def _embedded(
        self, batch: list[Picture]
    ) -> list[tuple[Picture, Detections]]:
        """Pictures with their persons, without those that the model refuses.

        Nothing is stored of a refused photograph: it is tried again.
        """
        try:
            found = self.embedder.embed([picture.image for picture in batch])
        except InputError as error:
            if len(batch) == 1:
                self.report.bad[batch[0].path] = _refusal(batch[0], error)
                return []
            # One picture must not take the others with it.
            return [pair for one in batch for pair in self._embedded([one])]
        return [
            (picture, persons_of_image(found, i))
            for i, picture in enumerate(batch)
        ]

    def _entry(
        self,
        picture: Picture,
        persons: Detections,
        track: Track | None,
    ) -> Entry:
        height, width = picture.image.shape[:2]
        return Entry(
            source=self.source,
            path=picture.path,
            content_hash=picture.content_hash,
            size=(width, height),
            detections=persons,
            camera=self.options.camera(picture.path),
            time=picture.time,
            frame=picture.frame,
            sightings=track and track(picture, persons),
            size_bytes=picture.size_bytes,
            mtime_ns=picture.mtime_ns,
        )

    def _skip(
        self, file: MediaFile, error: InputError | OSError | None
    ) -> None:
        """Note a file that cannot be read; it is tried again if it changes."""
        reason = self.report.bad[file.name] = _reason(error)
        try:
            status = file.path.stat()
            # An empty file shows nobody: what it held before has to go.
            content = content_hash(file.path) if status.st_size else ''
        except (InputError, OSError):
            # Not even its bytes can be read: try the file again next time.
            return
        self.gallery.skip(
            self.source,
            file.name,
            reason,
            content,
            status.st_size,
            status.st_mtime_ns,
        )


def _reason(error: InputError | OSError | None) -> str:
    """Reason of an error, without the name of the file."""
    return getattr(error, 'reason', None) or str(error)


def _refusal(picture: Picture, error: InputError) -> str:
    """Why a picture has no persons."""
    where = '' if picture.frame is None else f'frame {picture.frame}: '
    return f'{where}{error}'


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


def _number(frame: Frame, address: str) -> int:
    """Number of a frame that is unique in its video or stream."""
    # A live stream begins anew with each indexing: its frames are numbered by
    # milliseconds, so that they do not replace those of former days.
    return int(1000 * frame.time) if is_live(address) else frame.index


def _until_error(
    frames: Iterator[Frame], errors: list[InputError | OSError]
) -> Iterator[Frame]:
    """Frames up to an error, which is noted instead of raised."""
    try:
        yield from frames
    except (InputError, OSError) as error:
        errors.append(error)
