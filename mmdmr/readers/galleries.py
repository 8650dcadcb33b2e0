"""Galleries of all test images, restricted by camera at most."""

import numpy as np

from mmdmr.structures import (
    GroundTruth,
    Queries,
    RemainderGalleries,
    SearchProtocol,
)

#: Names that :func:`camera_protocol` knows.
CAMERA_PROTOCOLS = ('all', 'cross-camera', 'same-camera')


def appearances(
    ground_truth: GroundTruth,
) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Images and boxes of each identity.

    Args:
        ground_truth (GroundTruth): Annotations.

    Returns:
        dict[int, tuple[np.ndarray, np.ndarray]]: By person_id (-1 too) the
        (p,) int64 indices of the images that hold the identity, and its (p, 4)
        boxes. Of an image that holds the identity twice, the first box is
        taken.
    """
    found: dict[int, dict[int, np.ndarray]] = {}
    for img_id, (boxes, person_ids) in enumerate(
        zip(ground_truth.boxes, ground_truth.person_ids)
    ):
        for box, person_id in zip(boxes, person_ids.tolist()):
            found.setdefault(person_id, {}).setdefault(img_id, box)
    return {
        person_id: (
            np.array(list(images), dtype=np.int64),
            np.stack(list(images.values())),
        )
        for person_id, images in found.items()
    }


def camera_protocol(
    name: str, ground_truth: GroundTruth, queries: Queries
) -> SearchProtocol:
    """Search every query in all images of the gallery but its own.

    Args:
        name (str): ``all``; ``cross-camera``: without the images of the
            query's camera; ``same-camera``: only the images of that camera.
        ground_truth (GroundTruth): Annotations of the test images.
        queries (Queries): Queries of the test split.

    Returns:
        SearchProtocol: Protocol without the queries that have no positive in
        their gallery.
    """
    cam_ids, gallery = ground_truth.cam_ids, ground_truth.in_gallery
    of_camera = {cam: cam_ids == cam for cam in np.unique(cam_ids)}
    seen = appearances(ground_truth)
    no_appearance = (np.empty(0, dtype=np.int64), np.empty((0, 4)))
    query_ids, gt_img_ids, gt_boxes = [], [], []
    excluded_images: list[np.ndarray] = []
    for query_id, (img_id, person_id) in enumerate(
        zip(queries.img_ids, queries.person_ids.tolist())
    ):
        excluded = ~gallery
        excluded[img_id] = True
        if name == 'cross-camera':
            excluded |= of_camera[cam_ids[img_id]]
        elif name == 'same-camera':
            excluded |= ~of_camera[cam_ids[img_id]]
        images, boxes = seen.get(person_id, no_appearance)
        searched = ~excluded[images]
        if searched.any():
            query_ids.append(query_id)
            # A few indices take less memory than a mask of all images.
            indices = np.flatnonzero(excluded)
            few = indices.nbytes < excluded.nbytes
            excluded_images.append(indices if few else excluded)
            gt_img_ids.append(images[searched])
            gt_boxes.append(boxes[searched])
    no_image = np.empty(0, dtype=np.int64)
    return SearchProtocol(
        name,
        np.array(query_ids, dtype=np.int64),
        RemainderGalleries(
            len(cam_ids), [no_image] * len(query_ids), excluded_images
        ),
        gt_img_ids,
        gt_boxes,
        num_dropped=len(queries.img_ids) - len(query_ids),
    )
