"""Detections that overlap the queried person well enough."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import RemainderGalleries, SearchProtocol

from .kept_detections import KeptDetections
from .matching import iou, iou_threshold


class Candidates(NamedTuple):
    """Detections whose boxes can be the true positives of one query.

    Args:
        entries (np.ndarray): (c,) int64 entries (kept detections), image by
            image, whose IoU with the queried person's box is large enough.
        owners (np.ndarray): (c,) int64 image of each entry, as its position
            among the images to be found (rising image indices), from 0.
        num_gts (int): Number of boxes to be found, repeated images included.
    """

    entries: np.ndarray
    owners: np.ndarray
    num_gts: int


def find_candidates(
    kept: KeptDetections, protocol: SearchProtocol, positions: np.ndarray
) -> Iterator[Candidates]:
    """Find detections whose boxes can be true positives.

    All queries at once, as a call of :func:`iou` for each would cost more
    than the overlaps themselves.

    Args:
        kept (KeptDetections): Kept detections.
        protocol (SearchProtocol): Queries and galleries.
        positions (np.ndarray): (m,) positions of queries in
            ``protocol.query_ids``.

    Yields:
        Candidates: Candidates of each query.

    Raises:
        InputError: A query has no ground truth, or ground truth outside its
            gallery.
    """
    if not len(positions):
        return
    img_ids, boxes, sizes, nums = [], [], [], []
    for i in positions:
        listed = protocol.gt_img_ids[i]
        # A repeated image counts in num_gts, but has the box listed first.
        unique, first = np.unique(listed, return_index=True)
        _check_in_gallery(protocol, i, unique)
        img_ids.append(unique)
        boxes.append(protocol.gt_boxes[i][first])
        sizes.append(len(unique))
        nums.append(len(listed))
    images, gt_boxes = np.concatenate(img_ids), np.concatenate(boxes)
    # All entries of these images, with the position of the image they are in.
    entries = kept.rows_of(images)
    owners = np.repeat(np.arange(len(images)), kept.num_per_image[images])
    enough = (
        iou(kept.detections.boxes[kept.rows[entries]], gt_boxes[owners])
        >= iou_threshold(gt_boxes)[owners]
    )
    entries, owners = entries[enough], owners[enough]
    # Split by query: query j owns the images begins[j]:begins[j] + sizes[j].
    begins = np.cumsum(sizes) - sizes
    starts = np.searchsorted(owners, begins)
    ends = np.append(starts[1:], len(owners))
    for start, end, begin, num in zip(starts, ends, begins, nums):
        yield Candidates(entries[start:end], owners[start:end] - begin, num)


def _check_in_gallery(
    protocol: SearchProtocol, index: int, img_ids: np.ndarray
) -> None:
    """Check that a query has ground truth, all of it in its gallery."""
    galleries = protocol.galleries
    if isinstance(galleries, RemainderGalleries):
        # The last entry stands for no image and follows all images.
        excluded = np.append(
            galleries.excluded_from(index), np.iinfo(np.int64).max
        )
        outside = excluded[np.searchsorted(excluded, img_ids)] == img_ids
    else:
        outside = ~np.isin(img_ids, galleries[index])
    if not len(img_ids) or outside.any():
        raise InputError(
            f'protocol {protocol.name}, query {protocol.query_ids[index]}: '
            'a query must have ground truth, all of it in the gallery'
        )
