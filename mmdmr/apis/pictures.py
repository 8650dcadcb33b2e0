"""Photographs and frames, read and named before they are embedded."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from mmdmr.errors import InputError
from mmdmr.inference.preprocessing import check_image
from mmdmr.media.exif import taken_at
from mmdmr.media.files import MediaFile
from mmdmr.media.hashing import content_hash
from mmdmr.media.images import read_image

#: An image, or an image with its name.
NamedImage = np.ndarray | tuple[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Picture:
    """A photograph or a frame that is about to be embedded.

    Args:
        path (str): Name in the gallery: the file relative to the folder of
            the source.
        image (np.ndarray): (h, w, 3) uint8 image, BGR, upright.
        content_hash (str): Digest of the file; '' for a live stream.
        size_bytes (int): Size of the file. Defaults to 0.
        mtime_ns (int): Time of the file's last change. Defaults to 0.
        time (float | None): Seconds from the start of a video, or POSIX time
            of a photograph. Defaults to None.
        frame (int | None): Index of a frame of a video. Defaults to None.
    """

    path: str
    image: np.ndarray
    content_hash: str
    size_bytes: int = 0
    mtime_ns: int = 0
    time: float | None = None
    frame: int | None = None


def read_picture(file: MediaFile) -> Picture:
    """Read a photograph of a folder.

    Args:
        file (MediaFile): The file.

    Returns:
        Picture: The photograph, with the time at which it was taken.

    Raises:
        BadMedia: The file cannot be read.
    """
    status = file.path.stat()
    return Picture(
        file.name,
        read_image(file.path),
        content_hash(file.path),
        status.st_size,
        status.st_mtime_ns,
        taken_at(file.path),
    )


def given_pictures(images: Iterable[NamedImage]) -> Iterator[Picture]:
    """Name and check images that a program gives.

    Args:
        images (Iterable): (h, w, 3) uint8 images, BGR; or pairs of a name and
            an image.

    Yields:
        Picture: The images; without a name an image is called by its number,
        ``000000`` for the first.

    Raises:
        InputError: An item is something else.

    Example:
        >>> image = np.zeros((2, 3, 3), np.uint8)
        >>> [item.path for item in given_pictures([image, ('a', image)])]
        ['000000', 'a']
    """
    for number, item in enumerate(images):
        name, image = (
            item if isinstance(item, tuple) else (f'{number:06}', item)
        )
        try:
            check_image(image)
        except InputError as error:
            raise InputError(f'image {name}: {error}') from error
        digest = blake2b(image.tobytes(), digest_size=32).hexdigest()
        yield Picture(str(name), image, digest, image.nbytes)
