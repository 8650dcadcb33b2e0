"""Sightings: detections of a person in neighbouring frames or photographs."""

import cv2
import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import Detections
from mmdmr.structures.boxes import iou

#: Overlap that lets a lower similarity suffice, and that similarity, relative
#: to the usual one.
_MIN_OVERLAP, _OVERLAP_BONUS = 0.3, 0.1
#: Weight of the overlap beside the similarity for a person seen just now, and
#: seconds after which the weight has halved.
_OVERLAP_WEIGHT, _HALF_LIFE = 0.5, 0.25
#: Share of the newest embedding in the remembered one.
_NEWEST = 0.5
#: Side of a thumbnail in pixels, and the correlation of two thumbnails above
#: which the photographs are nearly the same.
_SIDE, _MIN_CORRELATION = 16, 0.95


class SightingTracker:
    """Tells which detections of consecutive frames show one person.

    Each detection of a frame is assigned to a person of the frames before, or
    to a new one, so that the sum of similarities is largest (Hungarian
    algorithm). The similarity is the cosine of the embeddings. The overlap of
    the boxes is added. The overlap counts less the longer a person was unseen,
    as persons walk out of their own box within a second. Two persons who cross
    keep their sightings if their embeddings differ.

    Args:
        first (int): Number of the first sighting, at least 0. Defaults to 0.
        max_gap (float): Seconds a person may be unseen; a person who comes
            back later is a new sighting. The gap has to be longer than the
            time between two frames. Defaults to 5.
        min_similarity (float): Smallest cosine of two views of one person, in
            [-1, 1]; 0.1 less is enough if the boxes overlap. Defaults to 0.7.

    Attributes:
        next_id (int): Number of the next new sighting.

    Raises:
        InputError: An option is out of its range.

    Example:
        >>> tracker = SightingTracker(first=7)
        >>> person = Detections.from_counts(
        ...     np.array([[0., 0., 9., 20.]]), np.ones(1), np.eye(3)[:1], [1])
        >>> [tracker.update(person, time).tolist() for time in (0., 1., 60.)]
        [[7], [7], [8]]
    """

    def __init__(
        self,
        first: int = 0,
        max_gap: float = 5.0,
        min_similarity: float = 0.7,
    ) -> None:
        if first < 0:
            raise InputError(f'first must be 0 or more, not {first}')
        # "not >=" also refuses NaN.
        if not max_gap >= 0:
            raise InputError(f'max_gap must be 0 or more, not {max_gap}')
        if not -1 <= min_similarity <= 1:
            raise InputError(
                f'min_similarity must be in [-1, 1], not {min_similarity}'
            )
        self.next_id = first
        self.max_gap = max_gap
        self.min_similarity = min_similarity
        self.forget()

    def forget(self) -> None:
        """Let every person of the next frame begin a new sighting."""
        # Remembered persons: sighting, last box and time, mean embedding.
        self._ids: np.ndarray = np.empty(0, np.int64)
        self._boxes: np.ndarray = np.empty((0, 4))
        self._times: np.ndarray = np.empty(0)
        self._feats: np.ndarray = np.empty((0, 0))

    def update(self, persons: Detections, time: float) -> np.ndarray:
        """Assign the persons of the next frame to sightings.

        Args:
            persons (Detections): The n persons of one frame, with embeddings
                of unit length.
            time (float): Seconds; not before the time of the last frame.

        Returns:
            np.ndarray: (n,) int64 numbers of sightings, no two equal.
        """
        boxes = persons.boxes.astype(np.float64)
        feats = persons.feats.astype(np.float64)
        self._keep(time - self._times <= self.max_gap)
        if not len(self._ids):
            self._feats = np.empty((0, feats.shape[1]))
        known, seen = self._assign(boxes, feats, time)

        ids = np.full(len(boxes), -1, np.int64)
        ids[seen] = self._ids[known]
        new = np.flatnonzero(ids < 0)
        ids[new] = self.next_id + np.arange(len(new))
        self.next_id += len(new)

        # The newest views take the places of those that they continue.
        memory = feats.copy()
        memory[seen] = _mixed(self._feats[known], feats[seen])
        unseen = np.ones(len(self._ids), bool)
        unseen[known] = False
        self._keep(unseen)
        self._ids = np.append(self._ids, ids)
        self._boxes = np.concatenate([self._boxes, boxes])
        self._times = np.append(self._times, np.full(len(boxes), time))
        self._feats = np.concatenate([self._feats, memory])
        return ids

    def _keep(self, chosen: np.ndarray) -> None:
        """Remember the chosen persons only."""
        self._ids = self._ids[chosen]
        self._boxes = self._boxes[chosen]
        self._times = self._times[chosen]
        self._feats = self._feats[chosen]

    def _assign(
        self, boxes: np.ndarray, feats: np.ndarray, time: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Rows of remembered persons, and of the detections that show them."""
        # Slow to import: only for those who index, not for each search.
        from scipy.optimize import linear_sum_assignment

        similarity = self._feats @ feats.T
        overlap = iou(self._boxes[:, None], boxes[None])
        weight = _OVERLAP_WEIGHT * 0.5 ** (
            np.maximum(time - self._times, 0) / _HALF_LIFE
        )
        possible = similarity >= np.where(
            overlap >= _MIN_OVERLAP,
            self.min_similarity - _OVERLAP_BONUS,
            self.min_similarity,
        )
        # A forbidden pair costs more than all allowed pairs bring.
        gain = np.where(
            possible,
            similarity + weight[:, None] * overlap,
            -2.0 * (1 + sum(overlap.shape)),
        )
        known, seen = linear_sum_assignment(gain, maximize=True)
        allowed = possible[known, seen]
        return known[allowed], seen[allowed]


def _mixed(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Mean embeddings of unit length; zeros stay zeros."""
    mean = (1 - _NEWEST) * old + _NEWEST * new
    lengths = np.linalg.norm(mean, axis=1, keepdims=True)
    return mean / np.maximum(lengths, 1e-12)


class PhotographTracker:
    """Tells which detections of neighbouring photographs show one person.

    A series of photographs, or frames of a fixed camera, shows the same
    persons again and again. Two neighbours, in the order in which they are
    given, belong together if they are nearly the same: their thumbnails are,
    and so are their times, if both are known. Persons are assigned as by
    :class:`SightingTracker`.

    Args:
        first (int): Number of the first sighting, at least 0. Defaults to 0.
        max_gap (float): Seconds between two photographs that belong together.
            Defaults to 5.
        min_similarity (float): Smallest cosine of two views of one person, in
            [-1, 1]. Defaults to 0.7.

    Raises:
        InputError: An option is out of its range.

    Example:
        >>> tracker = PhotographTracker()
        >>> image = np.zeros((60, 80, 3), np.uint8)
        >>> image[20:40, 10:30] = 255
        >>> person = Detections.from_counts(
        ...     np.array([[10., 20., 30., 40.]]), np.ones(1), np.eye(3)[:1],
        ...     [1])
        >>> [tracker.update(person, None, thumbnail(seen)).tolist()
        ...  for seen in (image, image, image[::-1, ::-1])]
        [[0], [0], [1]]
    """

    def __init__(
        self,
        first: int = 0,
        max_gap: float = 5.0,
        min_similarity: float = 0.7,
    ) -> None:
        # Photographs are counted, so that only neighbours are compared.
        self._tracker = SightingTracker(first, 1, min_similarity)
        self._max_gap = max_gap
        self._count = 0
        self._thumbnail: np.ndarray | None = None
        self._time: float | None = None

    @property
    def next_id(self) -> int:
        """Number of the next new sighting."""
        return self._tracker.next_id

    def update(
        self, persons: Detections, time: float | None, thumbnail: np.ndarray
    ) -> np.ndarray:
        """Assign the persons of the next photograph to sightings.

        Args:
            persons (Detections): The n persons of the photograph, with
                embeddings of unit length.
            time (float | None): POSIX seconds; None if unknown.
            thumbnail (np.ndarray): The photograph by :func:`thumbnail`.

        Returns:
            np.ndarray: (n,) int64 numbers of sightings, no two equal.
        """
        is_neighbour = self._thumbnail is not None and (
            float(np.vdot(self._thumbnail, thumbnail)) >= _MIN_CORRELATION
        )
        if time is not None and self._time is not None:
            is_neighbour &= abs(time - self._time) <= self._max_gap
        if not is_neighbour:
            self._tracker.forget()
        self._thumbnail, self._time = thumbnail, time
        self._count += 1
        return self._tracker.update(persons, self._count)


def thumbnail(image: np.ndarray) -> np.ndarray:
    """Grey values of a small copy, of mean 0 and unit length.

    The product of two is their correlation, which changes of the exposure
    leave as it is.

    Args:
        image (np.ndarray): (h, w, 3) uint8 photograph, BGR.

    Returns:
        np.ndarray: (16, 16) float64 grey values; zeros for a plain image.

    Example:
        >>> image = np.zeros((60, 80, 3), np.uint8)
        >>> image[20:40, 10:30] = 200
        >>> float(np.vdot(thumbnail(image), thumbnail(image // 2)).round(3))
        1.0
    """
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    values = small.astype(np.float64) - small.mean()
    return values / max(float(np.linalg.norm(values)), 1e-12)
