"""Embeddings of a test set's boxes by a function of pixels."""

from collections.abc import Callable, Iterable

import numpy as np

from mmdmr.datasets.base import PersonSearchDataset
from mmdmr.datasets.loading import read_stored
from mmdmr.structures import Detections


def embed_test_set(
    dataset: PersonSearchDataset,
    detections: Detections | None,
    embed: Callable[[np.ndarray, np.ndarray], np.ndarray],
    progress: Callable[[Iterable, int], Iterable] = lambda items, total: items,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Embed boxes of all test images, each image being read once.

    Args:
        dataset (PersonSearchDataset): Test set with M ground-truth boxes and
            q queries.
        detections (Detections | None): N detections, or None for no
            detections.
        embed (Callable): Function of (h, w, 3) BGR pixels in [0, 255] and
            (n, 4) boxes that gives (n, D) embeddings.
        progress (Callable): Wrapper of the loop over images, given the images
            and their number. Defaults to showing nothing.

    Returns:
        tuple[np.ndarray, np.ndarray, np.ndarray]: (M, D) embeddings of the
        ground-truth boxes in the order of the images, (q, D) of the queries
        and (N, D) of the detections.

    Raises:
        BadMedia: An image cannot be read.
    """
    truth = dataset.metainfo['search_task'].ground_truth
    of_truth: list[np.ndarray] = []
    of_found: list[np.ndarray] = []
    by_query: dict[int, np.ndarray] = {}
    for i in progress(range(len(dataset)), len(dataset)):
        info = dataset.get_data_info(i)
        img = read_stored(info['img_path'], dataset.backend_args)
        of_truth.append(embed(img, truth.boxes[i]))
        if detections is not None:
            boxes = detections.boxes[detections.slice_of(i)]
            of_found.append(embed(img, boxes))
        boxes = np.array([query['bbox'] for query in info['queries']])
        query_ids = (query['query_id'] for query in info['queries'])
        by_query.update(zip(query_ids, embed(img, boxes)))
    query_feats = np.stack([by_query[i] for i in range(len(by_query))])
    feats = np.concatenate(of_found) if of_found else np.empty((0, 0))
    return np.concatenate(of_truth), query_feats, feats
