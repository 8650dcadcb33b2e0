"""Detected persons of all images, and the rows that each image owns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmdmr.errors import InputError


class RowsByImage:
    """Rows of N entries that are stored image by image.

    A class that has the rows inherits this one and gives ``offsets``.

    Attributes:
        offsets (np.ndarray): (n + 1,) int64, rising from 0 to N; image i owns
            the rows ``offsets[i]:offsets[i + 1]``.

    Example:
        >>> class Rows(RowsByImage):
        ...     offsets = np.array([0, 2, 2, 5])
        >>> len(Rows()), Rows().num_per_image.tolist()
        (5, [2, 0, 3])
    """

    offsets: np.ndarray

    def __len__(self) -> int:
        return int(self.offsets[-1])

    @property
    def num_images(self) -> int:
        """int: Number of images n, images without a row included."""
        return len(self.offsets) - 1

    @property
    def num_per_image(self) -> np.ndarray:
        """np.ndarray: (n,) int64 number of rows of each image."""
        return np.diff(self.offsets)

    def slice_of(self, img_id: int) -> slice:
        """Rows of one image, to index arrays without a copy.

        Args:
            img_id (int): Image index.

        Returns:
            slice: From its first row to the end of its last.

        Example:
            >>> import numpy as np
            >>> detections = Detections.from_counts(
            ...     np.zeros((3, 4)), np.ones(3), np.eye(3), [2, 1])
            >>> detections.slice_of(1)
            slice(2, 3, None)
        """
        return slice(int(self.offsets[img_id]), int(self.offsets[img_id + 1]))

    def rows_of(self, img_ids: np.ndarray | Sequence[int]) -> np.ndarray:
        """Rows of several images, image by image.

        Args:
            img_ids (np.ndarray | Sequence[int]): (m,) image indices, in any
                order.

        Returns:
            np.ndarray: (r,) int64 rows, in the order of ``img_ids``.

        Example:
            >>> import numpy as np
            >>> detections = Detections.from_counts(
            ...     np.zeros((5, 4)), np.ones(5), np.eye(5), [2, 0, 3])
            >>> detections.rows_of(np.array([2, 0, 1])).tolist()
            [2, 3, 4, 0, 1]
        """
        img_ids = np.asarray(img_ids, dtype=np.int64)
        starts = self.offsets[img_ids]
        counts = self.offsets[img_ids + 1] - starts
        # Entry j of the result is j plus the shift of its image: the first row
        # of the image minus its first position in the result.
        begins = np.cumsum(counts) - counts
        return np.arange(counts.sum()) + np.repeat(starts - begins, counts)

    def image_of(self, rows: np.ndarray) -> np.ndarray:
        """Image that owns each row.

        Args:
            rows (np.ndarray): (m,) rows, in any order.

        Returns:
            np.ndarray: (m,) int64 image indices.

        Example:
            >>> import numpy as np
            >>> detections = Detections.from_counts(
            ...     np.zeros((5, 4)), np.ones(5), np.eye(5), [2, 0, 3])
            >>> detections.image_of(np.array([4, 0, 2])).tolist()
            [2, 0, 2]
        """
        return np.searchsorted(self.offsets, rows, side='right') - 1


@dataclass(frozen=True, eq=False)
class Detections(RowsByImage):
    """Detected persons of all images, one image after the other.

    Arrays are checked, not copied: embeddings may be memory-mapped. Two
    containers are equal only if they are the same object, as ``==`` of arrays
    gives no single answer. So a container can be a key of a dict.

    Args:
        boxes (np.ndarray): (N, 4) ``x1, y1, x2, y2`` in pixels of the
            original images, finite.
        scores (np.ndarray): (N,) confidences, finite, meant to be in [0, 1].
        feats (np.ndarray): (N, D) embeddings, finite, meant to be of unit
            length.
        offsets (np.ndarray): (n + 1,) whole numbers that rise from 0 to N;
            image i owns the rows ``offsets[i]:offsets[i + 1]``. Stored as
            int64.

    Raises:
        InputError: An array has the wrong shape or type, or is not finite.

    Example:
        >>> import numpy as np
        >>> detections = Detections(
        ...     boxes=np.array([[0., 0., 40., 90.], [9., 0., 50., 90.]]),
        ...     scores=np.array([0.9, 0.8]), feats=np.eye(2),
        ...     offsets=np.array([0, 0, 2]))
        >>> len(detections), detections.num_images
        (2, 2)
        >>> detections.scores[detections.slice_of(1)].tolist()
        [0.9, 0.8]
    """

    boxes: np.ndarray
    scores: np.ndarray
    feats: np.ndarray
    offsets: np.ndarray

    def __post_init__(self) -> None:
        num = _check_offsets(self.offsets)
        # Unsigned offsets would turn into floats in differences.
        offsets = self.offsets.astype(np.int64, copy=False)
        object.__setattr__(self, 'offsets', offsets)
        _check_array('boxes', self.boxes, (num, 4))
        _check_array('scores', self.scores, (num,))
        _check_array('feats', self.feats, (num, -1))

    @classmethod
    def from_counts(
        cls,
        boxes: np.ndarray,
        scores: np.ndarray,
        feats: np.ndarray,
        counts: np.ndarray | list[int],
    ) -> 'Detections':
        """Make detections from the number of detections in each image.

        Args:
            boxes (np.ndarray): (N, 4) boxes, as for the class.
            scores (np.ndarray): (N,) confidences, as for the class.
            feats (np.ndarray): (N, D) embeddings, as for the class.
            counts (np.ndarray | list[int]): (n,) numbers of detections by
                image; their sum is N.

        Returns:
            Detections: N detections in n images.

        Raises:
            InputError: An array has the wrong shape or type, or is not
                finite.

        Example:
            >>> import numpy as np
            >>> Detections.from_counts(np.zeros((3, 4)), np.ones(3), np.eye(3),
            ...                        [2, 0, 1]).offsets.tolist()
            [0, 2, 2, 3]
        """
        # An empty list would make offsets of type float.
        ends = np.cumsum(np.asarray(counts, dtype=np.int64))
        return cls(boxes, scores, feats, np.append(np.int64(0), ends))

    @classmethod
    def nobody(cls, dim: int, num_images: int) -> 'Detections':
        """Make the detections of images without a person.

        Args:
            dim (int): Length D of an embedding.
            num_images (int): Number of images, 0 or more.

        Returns:
            Detections: float32 arrays without rows.

        Example:
            >>> Detections.nobody(8, 2).num_per_image.tolist()
            [0, 0]
        """
        return cls.from_counts(
            np.empty((0, 4), np.float32),
            np.empty(0, np.float32),
            np.empty((0, dim), np.float32),
            [0] * num_images,
        )

    @classmethod
    def concatenate(cls, parts: Sequence['Detections']) -> 'Detections':
        """Join the detections of several groups of images.

        Args:
            parts (Sequence[Detections]): One or more, with embeddings of the
                same length.

        Returns:
            Detections: Detections of the images of the first part, then of
            the second, and so on.

        Example:
            >>> import numpy as np
            >>> part = Detections.from_counts(
            ...     np.zeros((3, 4)), np.ones(3), np.eye(3), [1, 2])
            >>> Detections.concatenate([part, part]).num_per_image.tolist()
            [1, 2, 1, 2]
        """
        return cls.from_counts(
            np.concatenate([part.boxes for part in parts]),
            np.concatenate([part.scores for part in parts]),
            np.concatenate([part.feats for part in parts]),
            np.concatenate([part.num_per_image for part in parts]),
        )


def _check_offsets(offsets: np.ndarray) -> int:
    """Number of rows that the offsets give to the images."""
    if not isinstance(offsets, np.ndarray) or offsets.dtype.kind not in 'iu':
        raise InputError(
            'Detections: offsets must be a NumPy array of whole numbers, but '
            f'are {_described(offsets)}'
        )
    if offsets.ndim != 1 or not len(offsets) or offsets[0] != 0:
        raise InputError(
            'Detections: offsets must have shape (number of images + 1,) and '
            f'begin with 0, but are {_described(offsets)}: {offsets}'
        )
    if (offsets[1:] < offsets[:-1]).any():
        first = int(np.argmax(offsets[1:] < offsets[:-1]))
        raise InputError(
            'Detections: offsets must not fall, but image '
            f'{first} begins at {offsets[first]} and ends at '
            f'{offsets[first + 1]}'
        )
    return int(offsets[-1])


def _check_array(
    field: str, array: np.ndarray, shape: tuple[int, ...]
) -> None:
    """Check type, shape (-1: any length) and finiteness of one field."""
    if not isinstance(array, np.ndarray) or array.dtype.kind not in 'iuf':
        raise InputError(
            f'Detections: {field} must be a NumPy array of numbers, but are '
            f'{_described(array)}'
        )
    if array.ndim != len(shape) or any(
        size not in (-1, given) for size, given in zip(shape, array.shape)
    ):
        wanted = str(shape).replace('-1', 'D')
        raise InputError(
            f'Detections: {field} must have shape {wanted}, as the offsets '
            f'end with {shape[0]}, but have shape {array.shape}'
        )
    if not all_finite(array):
        row = np.argwhere(~np.isfinite(array))[0, 0]
        raise InputError(
            f'Detections: {field} must be finite, but row {row} is '
            f'{array[row]}'
        )


def all_finite(array: np.ndarray) -> bool:
    """True if an array holds neither NaN nor infinity.

    NaN and infinity stay in a sum. So a finite sum proves all entries finite
    in one pass and without an array of flags. Finite numbers may overflow in
    a sum: only then are entries looked at one by one.

    Args:
        array (np.ndarray): Numbers of any shape.

    Returns:
        bool: True if all entries are finite.

    Example:
        >>> import numpy as np
        >>> all_finite(np.full(2, 1e308)), all_finite(np.array([np.nan]))
        (True, False)
    """
    dtype = np.float32 if array.dtype == np.float16 else None
    with np.errstate(over='ignore', invalid='ignore'):
        total = array.sum(dtype=dtype)
    return bool(np.isfinite(total) or np.isfinite(array).all())


def _described(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f'of shape {value.shape} and type {value.dtype}'
    return f'a {type(value).__name__}'
