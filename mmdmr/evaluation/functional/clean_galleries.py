"""Galleries without repeated images and without the query's own image."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mmdmr.structures import Queries, RemainderGalleries, SearchProtocol


def strict_protocol(
    protocol: SearchProtocol, queries: Queries
) -> SearchProtocol:
    """Exclude a query's own image and repeated images from its gallery.

    A few galleries of CUHK-SYSU list an image twice, or the query's own image.
    Published metrics keep both, as SeqNet does. A repeated image is then
    searched once but counts twice in the recall, which cannot reach 1. In its
    own image the query finds itself. In a strict protocol every image counts
    once, with the box listed first, and the own image is not searched.

    Args:
        protocol (SearchProtocol): Any protocol.
        queries (Queries): Queries that the protocol refers to.

    Returns:
        SearchProtocol: Strict protocol. Queries without an image to be found
            are excluded and added to ``num_dropped``.

    Example:
        >>> import numpy as np
        >>> queries = Queries(np.array([0]), np.zeros((1, 4)), np.array([5]))
        >>> protocol = SearchProtocol(
        ...     'G2', np.array([0]), [np.array([0, 1])],
        ...     [np.array([0, 1, 1])], [np.zeros((3, 4))])
        >>> strict = strict_protocol(protocol, queries)
        >>> strict.galleries[0].tolist(), strict.gt_img_ids[0].tolist()
        ([1], [1])
    """
    kept: list[int] = []
    gt_img_ids, gt_boxes, first = [], [], []
    rest = protocol.galleries
    listed_images = (
        rest.first if isinstance(rest, RemainderGalleries) else rest
    )
    for i, query_id in enumerate(protocol.query_ids):
        own = queries.img_ids[query_id]
        listed = protocol.gt_img_ids[i]
        # First listing of each image, in listed order.
        once = np.sort(np.unique(listed, return_index=True)[1])
        once = once[listed[once] != own]
        if not len(once):
            continue
        kept.append(i)
        gt_img_ids.append(listed[once])
        gt_boxes.append(protocol.gt_boxes[i][once])
        images = listed_images[i]
        first.append(images[images != own])
    galleries: Sequence[np.ndarray] = first
    if isinstance(rest, RemainderGalleries):
        galleries = RemainderGalleries(
            rest.num_images,
            first,
            [
                _with(
                    rest.excluded[i],
                    queries.img_ids[protocol.query_ids[i]],
                )
                for i in kept
            ],
        )
    return replace(
        protocol,
        query_ids=protocol.query_ids[kept],
        galleries=galleries,
        gt_img_ids=gt_img_ids,
        gt_boxes=gt_boxes,
        num_dropped=protocol.num_dropped + len(protocol.query_ids) - len(kept),
    )


def _with(excluded: np.ndarray, img_id: int) -> np.ndarray:
    """Image indices, given as indices or as a mask, and one more index."""
    if excluded.dtype == bool:
        excluded = np.flatnonzero(excluded)
    return np.append(excluded, img_id)
