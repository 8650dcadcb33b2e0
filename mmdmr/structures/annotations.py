"""Containers of annotations, queries and search protocols.

Readers fill the containers, and the evaluation scores by them. Two containers
are equal only if they are the same object, as ``==`` of arrays gives no single
answer. So a container can be a key of a dict.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class GroundTruth:
    """Annotated persons of the images of a split.

    Args:
        img_names (tuple[str, ...]): File names of the n images.
        boxes (Sequence[np.ndarray]): Per image (k, 4) float64 boxes
            ``x1, y1, x2, y2`` in pixels, k may be 0.
        person_ids (Sequence[np.ndarray]): Per image (k,) int64 identities,
            -1 for an unlabelled person.
        cam_ids (np.ndarray): (n,) int64 camera of each image, -1 if unknown.
        person_id_names (tuple[str, ...]): Name that the annotations give to
            each person_id, for messages. Defaults to ().
        ignored_boxes (Sequence[np.ndarray] | None): Per image (k, 4) boxes
            that are neither persons nor background to learn from, such as
            crowds. Defaults to None: no such boxes.
        in_gallery (np.ndarray | None): (n,) bool, False for an image that
            gives queries only and is neither searched nor scored for
            detection. Defaults to None: all images are in the gallery.

    Example:
        >>> import numpy as np
        >>> truth = GroundTruth(('a.jpg',), [np.array([[0., 0., 40., 90.]])],
        ...                     [np.array([7])], cam_ids=np.array([-1]))
        >>> truth.in_gallery.tolist(), truth.ignored_boxes[0].shape
        ([True], (0, 4))
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


@dataclass(frozen=True, eq=False)
class Queries:
    """Persons to be searched for.

    Args:
        img_ids (np.ndarray): (q,) int64 index of the image that holds the
            query.
        boxes (np.ndarray): (q, 4) float64 ``x1, y1, x2, y2`` in pixels.
        person_ids (np.ndarray): (q,) int64 identities.

    Example:
        >>> import numpy as np
        >>> queries = Queries(np.array([3]), np.array([[0., 0., 40., 90.]]),
        ...                   np.array([7]))
        >>> len(queries.img_ids)
        1
    """

    img_ids: np.ndarray
    boxes: np.ndarray
    person_ids: np.ndarray


@dataclass(frozen=True, eq=False)
class SearchProtocol:
    """Images that each query is searched in, and the true boxes.

    Args:
        name (str): Name of the protocol, e.g. ``G100`` or ``cross-camera``.
        query_ids (np.ndarray): (m,) int64 positions in :class:`Queries`.
        galleries (Sequence[np.ndarray]): Per query the (g,) indices of the
            images searched, in gallery order, each image once.
        gt_img_ids (Sequence[np.ndarray]): Per query the (p,) indices of the
            images that hold the queried person. An image that is listed
            twice counts twice in the recall but is ranked once, against the
            box listed first (SeqNet's way with the repeated gallery images of
            CUHK-SYSU).
        gt_boxes (Sequence[np.ndarray]): Per query the (p, 4) float64 boxes of
            the person in these images.
        num_dropped (int): Number of queries excluded from the protocol, as
            their galleries do not hold the person. Defaults to 0.

    Example:
        >>> import numpy as np
        >>> protocol = SearchProtocol(
        ...     'G3', query_ids=np.array([0]), galleries=[np.array([4, 2, 5])],
        ...     gt_img_ids=[np.array([2])],
        ...     gt_boxes=[np.array([[0., 0., 40., 90.]])])
        >>> protocol.galleries[0].tolist()
        [4, 2, 5]
    """

    name: str
    query_ids: np.ndarray
    galleries: Sequence[np.ndarray]
    gt_img_ids: Sequence[np.ndarray]
    gt_boxes: Sequence[np.ndarray]
    num_dropped: int = 0


class RemainderGalleries(Sequence[np.ndarray]):
    """Galleries of (almost) all images, each made when asked for.

    Gallery i holds the images ``first[i]``, then all further images of the
    split in rising order, without the images ``excluded[i]``.

    Args:
        num_images (int): Number of images of the split.
        first (Sequence[np.ndarray]): Per query the indices of the images
            listed first.
        excluded (Sequence[np.ndarray]): Per query the indices of the images
            that do not follow, or a (num_images,) bool mask of these images.

    Example:
        >>> import numpy as np
        >>> galleries = RemainderGalleries(5, [np.array([3])], [np.array([0])])
        >>> galleries[0].tolist(), galleries.excluded_from(0).tolist()
        ([3, 1, 2, 4], [0])
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

    def excluded_from(self, index: int) -> np.ndarray:
        """Images that are not in a gallery.

        Args:
            index (int): Position of the query.

        Returns:
            np.ndarray: (e,) image indices, rising. An image that is both in
                ``first`` and in ``excluded`` is in the gallery.
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


@dataclass(frozen=True, eq=False)
class SearchTask:
    """Annotations, queries and protocols of a test split.

    Args:
        ground_truth (GroundTruth): Annotations of the test images.
        queries (Queries): Queries, shared by all protocols.
        protocols (dict[str, SearchProtocol]): Protocols by name, in the order
            asked for.

    Example:
        >>> import numpy as np
        >>> box = np.array([[0., 0., 40., 90.]])
        >>> task = SearchTask(
        ...     GroundTruth(('a', 'b'), [box] * 2, [np.array([0])] * 2,
        ...                 np.array([-1, -1])),
        ...     Queries(np.array([0]), box, np.array([0])),
        ...     {'all': SearchProtocol('all', np.array([0]), [np.array([1])],
        ...                            [np.array([1])], [box])})
        >>> list(task.protocols)
        ['all']
    """

    ground_truth: GroundTruth
    queries: Queries
    protocols: dict[str, SearchProtocol]
