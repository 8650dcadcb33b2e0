"""Files to embedded pictures: what one worker of an indexing computes.

Nothing here knows the gallery. So the same functions run in the process that
stores the pictures, and in workers on other machines.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from mmdmr.errors import InputError
from mmdmr.inference import Embedder
from mmdmr.media.addresses import is_live
from mmdmr.media.files import VIDEO, MediaFile
from mmdmr.media.hashing import content_hash
from mmdmr.media.prefetch import Fetched, prefetch
from mmdmr.media.video import Frame, read_frames

from .batches import batches, persons_of_image
from .embedded import BadFile, EmbeddedBatch, EmbeddedPicture
from .pictures import Picture, read_picture
from .sightings import thumbnail

#: Place of an image that is still to come, or that cannot be read.
NO_IMAGE = np.empty((0, 0, 3), np.uint8)


@dataclass(frozen=True)
class EmbedOptions:
    """Options that change what is embedded.

    Args:
        batch_size (int): Photographs or frames that are embedded at a time.
            Defaults to 16.
        every_frames (int | None): Every n-th frame of a video. Defaults to
            None.
        every_seconds (float | None): Seconds between the frames of a video.
            Defaults to None.
        limit (int | None): Largest number of frames of a video. Defaults to
            None: to its end.
        thumbnails (bool): True for thumbnails of photographs, which tell
            neighbours that are nearly the same. Defaults to False.
    """

    batch_size: int = 16
    every_frames: int | None = None
    every_seconds: float | None = None
    limit: int | None = None
    thumbnails: bool = False


#: Embeds files: photographs in order, then videos, one after the other.
EmbedFiles = Callable[[Sequence[MediaFile]], Iterator[EmbeddedBatch]]


def embed_files(
    embedder: Embedder, options: EmbedOptions, files: Sequence[MediaFile]
) -> Iterator[EmbeddedBatch]:
    """Embed photographs and videos.

    Photographs form shards of ``batch_size`` files, whether they can be read
    or not. A shard gives the same batches, and so the same embeddings,
    wherever it is embedded.

    Args:
        embedder (Embedder): Detects and embeds persons.
        options (EmbedOptions): Options.
        files (Sequence[MediaFile]): Photographs, then videos.

    Yields:
        EmbeddedBatch: Batches in the order of the files.
    """
    photographs = [file for file in files if file.kind != VIDEO]
    fetched = prefetch(photographs, read_picture)
    size = options.batch_size
    for start in range(0, len(photographs), size):
        shard = islice(fetched, min(size, len(photographs) - start))
        for group in batches(shard, size, _pixels):
            yield _embed_photographs(embedder, group, options.thumbnails)
    for file in files:
        if file.kind == VIDEO:
            yield from _embed_video(embedder, file, options)


def embed_images(
    embedder: Embedder, pictures: Iterable[Picture], batch_size: int
) -> Iterator[EmbeddedBatch]:
    """Embed images that a program gives.

    Args:
        embedder (Embedder): Detects and embeds persons.
        pictures (Iterable[Picture]): The images.
        batch_size (int): Images that are embedded at a time.

    Yields:
        EmbeddedBatch: Batches in the order of the images.
    """
    for group in batches(pictures, batch_size, lambda item: item.image):
        done, refused = _embed(embedder, group)
        yield EmbeddedBatch(tuple(done), refused=refused)


def embed_frames(
    embedder: Embedder,
    address: str,
    first: Picture,
    options: EmbedOptions,
    errors: list[InputError | OSError],
) -> Iterator[EmbeddedBatch]:
    """Embed the frames of a video, a stream or a webcam.

    Args:
        embedder (Embedder): Detects and embeds persons.
        address (str): File, address or device.
        first (Picture): Name and content of the file, without an image.
        options (EmbedOptions): Options.
        errors (list): Takes the error of a damaged place, which ends the
            frames.

    Yields:
        EmbeddedBatch: Batches of one frame or more.
    """
    frames = read_frames(
        address, options.every_frames, options.every_seconds, options.limit
    )
    pictures = (
        replace(
            first,
            image=frame.image,
            time=frame.time,
            frame=_number(frame, address),
        )
        for frame in _until_error(frames, errors)
    )
    for group in batches(
        pictures, options.batch_size, lambda item: item.image
    ):
        done, refused = _embed(embedder, group)
        yield EmbeddedBatch(tuple(done), first.path, refused=refused)


def reason_of(error: InputError | OSError | None) -> str:
    """Reason of an error, without the name of the file.

    Args:
        error (InputError | OSError | None): Error of reading a file.

    Returns:
        str: The reason.
    """
    return getattr(error, 'reason', None) or str(error)


def _embed_photographs(
    embedder: Embedder,
    group: list[Fetched[MediaFile, Picture]],
    thumbnails: bool,
) -> EmbeddedBatch:
    pictures = [item.value for item in group if item.value is not None]
    done, refused = _embed(embedder, pictures, thumbnails)
    return EmbeddedBatch(
        tuple(done),
        begun=tuple(picture.path for picture in pictures),
        refused=refused,
        bad=tuple(
            _bad_file(item.item, reason_of(item.error))
            for item in group
            if item.value is None
        ),
    )


def _embed_video(
    embedder: Embedder, file: MediaFile, options: EmbedOptions
) -> Iterator[EmbeddedBatch]:
    try:
        status = file.path.stat()
        digest = content_hash(file.path)
    except (InputError, OSError) as error:
        bad = _bad_file(file, reason_of(error))
        yield EmbeddedBatch(video=file.name, bad=(bad,))
        return
    yield EmbeddedBatch(video=file.name, begun=(file.name,))
    first = Picture(
        file.name, NO_IMAGE, digest, status.st_size, status.st_mtime_ns
    )
    errors: list[InputError | OSError] = []
    num_frames, reason = 0, ''
    for batch in embed_frames(
        embedder, str(file.path), first, options, errors
    ):
        num_frames += len(batch.pictures)
        reason = batch.refused.get(file.name, reason)
        yield batch
    if errors:
        reason = reason_of(errors[0])
    yield EmbeddedBatch(
        video=file.name,
        bad=(_bad_file(file, reason),) if reason else (),
        # Else frames beyond the limit would be missed for ever.
        complete=not reason and num_frames != options.limit,
    )


def _embed(
    embedder: Embedder, pictures: list[Picture], thumbnails: bool = False
) -> tuple[list[EmbeddedPicture], dict[str, str]]:
    """Embedded pictures, and why the model refuses the others.

    Nothing is stored of a refused photograph: it is tried again.
    """
    if not pictures:
        return [], {}
    try:
        found = embedder.embed([picture.image for picture in pictures])
    except InputError as error:
        if len(pictures) == 1:
            return [], {pictures[0].path: _refusal(pictures[0], error)}
        # One picture must not take the others with it.
        done: list[EmbeddedPicture] = []
        refused: dict[str, str] = {}
        for picture in pictures:
            one, why = _embed(embedder, [picture], thumbnails)
            done += one
            refused |= why
        return done, refused
    return [
        EmbeddedPicture(
            picture.path,
            picture.content_hash,
            (picture.image.shape[1], picture.image.shape[0]),
            persons_of_image(found, i),
            picture.size_bytes,
            picture.mtime_ns,
            picture.time,
            picture.frame,
            thumbnail(picture.image) if thumbnails else None,
        )
        for i, picture in enumerate(pictures)
    ], {}


def _bad_file(file: MediaFile, reason: str) -> BadFile:
    """A bad file, with its content as far as that can be read."""
    try:
        status = file.path.stat()
        # An empty file shows nobody: what it held before has to go.
        digest = content_hash(file.path) if status.st_size else ''
    except (InputError, OSError):
        # What is known of a file that cannot be read now stays.
        return BadFile(file.name, reason)
    content = (digest, status.st_size, status.st_mtime_ns)
    return BadFile(file.name, reason, content)


def _pixels(fetched: Fetched[MediaFile, Picture]) -> np.ndarray:
    return NO_IMAGE if fetched.value is None else fetched.value.image


def _refusal(picture: Picture, error: InputError) -> str:
    """Why a picture has no persons."""
    where = '' if picture.frame is None else f'frame {picture.frame}: '
    return f'{where}{error}'


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
