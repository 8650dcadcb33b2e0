"""Plain containers that readers fill and the evaluation scores.

They hold NumPy arrays only and know neither MMEngine nor PyTorch. Images are
named by their position in :attr:`GroundTruth.img_names` ("image index").
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class GroundTruth:
    """What is annotated on the test images.

    Args:
        img_names (tuple[str]): File names, one per image (n).
        boxes (Sequence[np.ndarray]): Per image (k, 4) float64 boxes
            ``x1, y1, x2, y2`` in pixels, k may be 0.
        person_ids (Sequence[np.ndarray]): Per image (k,) int64 identities,
            -1 for an unlabelled person.
        cam_ids (np.ndarray): (n,) int64 camera of each image, -1 if unknown.
        person_id_names (tuple[str]): Raw identity of each person_id, for
            people to read. Defaults to none.
        ignored_boxes (Sequence[np.ndarray], optional): Per image (k, 4) boxes
            that are neither persons nor background to learn from, such as
            crowds. Defaults to None: there are none.
        in_gallery (np.ndarray, optional): (n,) bool, False for an image that
            only queries come from: it is neither searched nor scored for
            detection. Defaults to None: all are in the gallery.
    """

    img_names: tuple[str, ...]
    boxes: Sequence[np.ndarray]
    person_ids: Sequence[np.ndarray]
    cam_ids: np.ndarray
    person_id_names: tuple[str, ...] = ()
    ignored_boxes: Sequence[np.ndarray] = None  # type: ignore[assignment]
    in_gallery: np.ndarray = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        num = len(self.img_names)
        if self.ignored_boxes is None:
            object.__setattr__(self, 'ignored_boxes', [np.empty((0, 4))] * num)
        if self.in_gallery is None:
            object.__setattr__(self, 'in_gallery', np.ones(num, dtype=bool))


@dataclass(frozen=True)
class Queries:
    """The persons to be searched for.

    Args:
        img_ids (np.ndarray): (q,) int64 image index a query was taken from.
        boxes (np.ndarray): (q, 4) float64 ``x1, y1, x2, y2`` in pixels.
        person_ids (np.ndarray): (q,) int64 identities.
    """

    img_ids: np.ndarray
    boxes: np.ndarray
    person_ids: np.ndarray


@dataclass(frozen=True)
class SearchProtocol:
    """Which images each query is searched in, and what is right there.

    Args:
        name (str): Name of the protocol, e.g. ``G100`` or ``cross-camera``.
        query_ids (np.ndarray): (m,) int64 positions in :class:`Queries`.
        galleries (Sequence[np.ndarray]): Per query the image indices
            searched, in gallery order, each image once.
        gt_img_ids (Sequence[np.ndarray]): Per query the (p,) image indices
            that hold the queried person. An image may be listed twice: it
            then counts twice in the recall but is ranked once, against the
            first listing's box (how SeqNet treats CUHK-SYSU's repeated
            gallery images).
        gt_boxes (Sequence[np.ndarray]): Per query (p, 4) float64 boxes of
            that person in those images.
        num_dropped (int): Queries of the protocol that are left out, since
            there is nothing to be found. Defaults to 0.
    """

    name: str
    query_ids: np.ndarray
    galleries: Sequence[np.ndarray]
    gt_img_ids: Sequence[np.ndarray]
    gt_boxes: Sequence[np.ndarray]
    num_dropped: int = 0


class RemainderGalleries(Sequence[np.ndarray]):
    """Galleries of (almost) all images, made when asked for.

    Gallery i holds the images ``first[i]``, then all others in order but
    those in ``excluded[i]``.

    Args:
        num_images (int): Images of the split.
        first (Sequence[np.ndarray]): Per query the image indices listed
            first.
        excluded (Sequence[np.ndarray]): Per query the image indices that do
            not follow, or a (num_images,) bool mask of them.
    """

    def __init__(
        self,
        num_images: int,
        first: Sequence[np.ndarray],
        excluded: Sequence[np.ndarray],
    ) -> None:
        self.num_images = num_images
        self.first = first
        self.excluded = excluded

    def left_out(self, index: int) -> np.ndarray:
        """Images that are not in a gallery.

        Args:
            index (int): Position of the query.

        Returns:
            np.ndarray: Their indices, rising.
        """
        excluded = self.excluded[index]
        if excluded.dtype == bool:
            excluded = np.flatnonzero(excluded)
        else:
            excluded = np.unique(excluded)
        first = self.first[index]
        return excluded[~np.isin(excluded, first)] if len(first) else excluded

    def __len__(self) -> int:
        return len(self.first)

    def __getitem__(self, index: int) -> np.ndarray:  # type: ignore[override]
        follows = np.ones(self.num_images, dtype=bool)
        follows[self.first[index]] = False
        follows[self.excluded[index]] = False
        return np.concatenate([self.first[index], np.flatnonzero(follows)])


@dataclass(frozen=True)
class SearchTask:
    """Everything a reader knows about a test split.

    Args:
        ground_truth (GroundTruth): Annotations of the test images.
        queries (Queries): Queries, shared by all protocols.
        protocols (dict[str, SearchProtocol]): By name, in the order asked
            for.
    """

    ground_truth: GroundTruth
    queries: Queries
    protocols: dict[str, SearchProtocol]


@dataclass(frozen=True)
class Detections:
    """Detected persons of all images, one after the other.

    Args:
        boxes (np.ndarray): (N, 4) float ``x1, y1, x2, y2`` in pixels of the
            original images.
        scores (np.ndarray): (N,) confidences in [0, 1].
        feats (np.ndarray): (N, D) embeddings of unit length.
        offsets (np.ndarray): (n + 1,) int64; image i owns the rows
            ``offsets[i]:offsets[i + 1]``.
    """

    boxes: np.ndarray
    scores: np.ndarray
    feats: np.ndarray
    offsets: np.ndarray
