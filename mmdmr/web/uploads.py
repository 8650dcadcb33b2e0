"""Pictures that users upload: kept in memory, the last ones only."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

import numpy as np

#: Uploads that are kept.
MOST = 100
#: Bytes of all kept pictures.
MOST_BYTES = 256 << 20


@dataclass(frozen=True, eq=False)
class Upload:
    """An uploaded picture with its persons.

    Args:
        name (str): Name of the file, for people.
        content_hash (str): Digest of the content of the file.
        size (tuple[int, int]): Width and height of the upright picture.
        picture (bytes): JPEG of the picture, scaled down if it was large.
        boxes (np.ndarray): (n, 4) ``x1, y1, x2, y2`` of the detected persons
            in pixels of the upright picture.
        feats (np.ndarray): (n, D) embeddings of the persons.
        whole (np.ndarray | None): (D,) embedding of the whole picture, of a
            picture without detected persons; else None.
    """

    name: str
    content_hash: str
    size: tuple[int, int]
    picture: bytes
    boxes: np.ndarray
    feats: np.ndarray
    whole: np.ndarray | None = None


class UploadStore:
    """The last uploads, by random names that nobody can guess.

    Args:
        most (int): Number of uploads that are kept. Defaults to 100.
        most_bytes (int): Bytes of the kept pictures. Defaults to 256 MB.

    Example:
        >>> none = np.empty((0, 4))
        >>> store = UploadStore(most=1)
        >>> old, new = (
        ...     store.add(Upload(name, '', (1, 1), b'', none, none))
        ...     for name in ('old.jpg', 'new.jpg'))
        >>> store.get(old), store.get(new).name
        (None, 'new.jpg')
    """

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._kept: OrderedDict[str, Upload] = OrderedDict()
        self._num_bytes = 0
        self._lock = Lock()

    def add(self, upload: Upload) -> str:
        """Keep an upload; the one that was unused for longest may go.

        Args:
            upload (Upload): The upload.

        Returns:
            str: Name of the upload.
        """
        key = secrets.token_urlsafe(16)
        with self._lock:
            self._kept[key] = upload
            self._num_bytes += len(upload.picture)
            while len(self._kept) > self._most or (
                # The newest stays, however large it is.
                self._num_bytes > self._most_bytes and len(self._kept) > 1
            ):
                _, gone = self._kept.popitem(last=False)
                self._num_bytes -= len(gone.picture)
        return key

    def get(self, key: str) -> Upload | None:
        """Look for an upload.

        Args:
            key (str): Name of the upload.

        Returns:
            Upload | None: The upload; None if it is no longer kept.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)
