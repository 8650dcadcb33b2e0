"""Choosing test images: by people, or by the order of a video."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from mmdmr.errors import InputError
from mmdmr.structures import GroundTruth


def choose_test_images(
    truth: GroundTruth,
    by: str = 'auto',
    test_share: float = 0.3,
    seed: int = 0,
) -> tuple[np.ndarray, str]:
    """Choose the test images.

    Images outside the gallery, which are listed for their queries alone,
    always belong to the test.

    Args:
        truth (GroundTruth): Annotations of all images.
        by (str): ``people``, ``order`` or ``auto``: by people if possible.
            Defaults to 'auto'.
        test_share (float): Share of the images for the test, in (0, 1).
            Defaults to 0.3.
        seed (int): Seed of the draw by people. Defaults to 0.

    Returns:
        tuple[np.ndarray, str]: (n,) bool, True for test images; and the way
        of the choice, as a message for the user.

    Raises:
        InputError: A choice by people is impossible.
    """
    sizes = np.bincount(group_by_people(truth.person_ids))
    linked = (
        f'persons they share link the images to {len(sizes)} groups, the '
        f'largest of {sizes.max()} images'
    )
    if by != 'order':
        is_test = split_by_people(truth.person_ids, test_share, seed)
        if is_test.any():
            return is_test | ~truth.in_gallery, (
                f'by people: no person is in both files ({linked})'
            )
        if by == 'people':
            raise InputError(
                f'cannot be split by people: {linked}; use --by order'
            )
    is_test = split_by_order(truth.cam_ids.tolist(), test_share)
    why = '' if by == 'order' else f' since not possible by people ({linked})'
    return is_test | ~truth.in_gallery, (
        f'by order{why}: the last images of each camera are for the test; '
        'persons seen in both files are unlabelled in the test'
    )


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
    # Nodes are images, then persons; an edge is a person in an image.
    num = len(people) + ids.max(initial=-1) + 1
    graph = coo_array(
        (np.ones(len(ids)), (images, len(people) + ids)), shape=(num, num)
    )
    _, labels = connected_components(graph, directed=False)
    return np.unique(labels[: len(people)], return_inverse=True)[1]


def split_by_people(
    people: Sequence[np.ndarray], test_share: float, seed: int = 0
) -> np.ndarray:
    """Choose test images so that no person is seen in both splits.

    Images that share a person stay together. Groups of such images are drawn
    at random until the test has its share of the images.

    Args:
        people (Sequence[np.ndarray]): Per image (k,) person ids, -1 where
            unlabelled.
        test_share (float): Share of the images for the test, in (0, 1).
        seed (int): Seed of the draw. Defaults to 0.

    Returns:
        np.ndarray: (n,) bool, True for test images. All False if no choice of
        groups comes near the share, as in a video in which all persons
        meet.

    Example:
        >>> people = [np.array(ids) for ids in ([1], [1, 2], [3, -1], [3])]
        >>> split_by_people(people, 0.5).tolist()
        [True, True, False, False]
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
            the order in which they were taken.
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
