"""Cutting one COCO-style file into a training and a test file."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from mmdmr.readers.fields import identifier, raw_identity


def group_by_people(people: Sequence[np.ndarray]) -> np.ndarray:
    """Group the images that are linked by persons they share.

    Args:
        people (Sequence[np.ndarray]): Per image (k,) person ids, -1 where
            unlabelled.

    Returns:
        np.ndarray: (n,) number of each image's group, from 0.

    Example:
        >>> people = [np.array(ids) for ids in ([1], [1, 2], [-1], [2])]
        >>> group_by_people(people).tolist()
        [0, 0, 1, 0]
    """
    counts = [len(ids) for ids in people]
    images = np.repeat(np.arange(len(people)), counts)
    ids = np.concatenate([np.empty(0, dtype=np.int64), *people])
    images, ids = images[ids >= 0], ids[ids >= 0]
    num = len(people) + ids.max(initial=-1) + 1
    graph = coo_array(
        (np.ones(len(ids)), (images, len(people) + ids)), shape=(num, num)
    )
    _, labels = connected_components(graph, directed=False)
    return np.unique(labels[: len(people)], return_inverse=True)[1]


def split_by_people(
    people: Sequence[np.ndarray], test_share: float, seed: int = 0
) -> np.ndarray:
    """Choose test images so that nobody is seen in both splits.

    Images that share a person stay together; such groups are drawn at random
    until the test has its share of the images.

    Args:
        people (Sequence[np.ndarray]): Per image (k,) person ids, -1 where
            unlabelled.
        test_share (float): Share of the images for the test, in (0, 1).
        seed (int): Seed of the draw. Defaults to 0.

    Returns:
        np.ndarray: (n,) bool, True for test images. All False where no
        choice of groups comes near the share, as in a video in which
        everybody meets everybody.

    Example:
        >>> people = [np.array(ids) for ids in ([1], [1, 2], [3, -1], [3])]
        >>> split_by_people(people, 0.5).tolist()
        [False, False, True, True]
    """
    groups = group_by_people(people)
    sizes = np.bincount(groups)
    wanted = test_share * len(people)
    is_test = np.zeros(len(sizes), dtype=bool)
    for group in np.random.default_rng(seed).permutation(len(sizes)):
        if sizes[is_test].sum() + sizes[group] <= 1.2 * wanted:
            is_test[group] = True
    if sizes[is_test].sum() < 0.5 * wanted:
        is_test[:] = False
    return is_test[groups]


def split_by_order(cam_ids: Sequence[Any], test_share: float) -> np.ndarray:
    """Take the last images of every camera for the test.

    Args:
        cam_ids (Sequence): Camera of each image; images of a camera are in
            the order they were taken.
        test_share (float): Share of the images for the test, in (0, 1).

    Returns:
        np.ndarray: (n,) bool, True for test images.

    Example:
        >>> split_by_order([1, 1, 2, 1, 2, 1], 0.5).tolist()
        [False, False, False, True, True, True]
    """
    totals = Counter(cam_ids)
    seen: Counter = Counter()
    is_test = []
    for cam in cam_ids:
        is_test.append(seen[cam] >= round((1 - test_share) * totals[cam]))
        seen[cam] += 1
    return np.array(is_test, dtype=bool)


def cut(
    content: dict[str, Any], is_test: np.ndarray, seen_in_training: set[str]
) -> tuple[dict, dict]:
    """Make the two files' contents.

    Args:
        content (dict): The whole file, which
            :func:`~mmdmr.readers.coco_file.read_coco` reads.
        is_test (np.ndarray): (n,) bool, True for test images.
        seen_in_training (set[str]): Identities to be unlabelled in the test,
            since the training file has them.

    Returns:
        tuple[dict, dict]: Training and test file. Queries go to the test file
        if their image is there and their person is labelled there.
    """
    train, test = (_part(content, mask) for mask in (~is_test, is_test))
    test['annotations'] = [
        _unlabelled(ann) if str(raw_identity(ann)) in seen_in_training else ann
        for ann in test['annotations']
    ]
    queries = train.pop('queries', None)
    if queries:
        labelled = {
            identifier(ann, 'id', '')
            for ann in test['annotations']
            if 'id' in ann and raw_identity(ann) is not None
        }
        ids = {identifier(image, 'id', '') for image in test['images']}
        test['queries'] = [
            query
            for query in queries
            if (
                identifier(query, 'annotation_id', '') in labelled
                if 'annotation_id' in query
                else identifier(query, 'image_id', '') in ids
                and str(raw_identity(query)) not in seen_in_training
            )
        ]
    return train, test


def _part(content: dict[str, Any], mask: np.ndarray) -> dict[str, Any]:
    """The file with some of its images, and what stands in those."""
    images = [image for image, flag in zip(content['images'], mask) if flag]
    ids = {identifier(image, 'id', '') for image in images}
    annotations = [
        ann
        for ann in content['annotations']
        if identifier(ann, 'image_id', '') in ids
    ]
    return dict(content, images=images, annotations=annotations)


def _unlabelled(annotation: dict) -> dict:
    return {
        **{k: v for k, v in annotation.items() if k != 'pid'},
        'person_id': -1,
    }
