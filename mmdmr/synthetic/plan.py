"""The plan of a synthetic split: which persons each image shows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmdmr.errors import InputError

#: Smallest and largest number of labelled persons in an image.
LABELLED = (2, 4)
#: Largest number of passers-by in an image.
PASSERS_BY = 2


@dataclass(frozen=True)
class ImagePlan:
    """Camera and persons of an image.

    Args:
        camera (int): Index of the camera.
        person_ids (tuple[int, ...]): Labelled persons, ascending.
        num_passers_by (int): Number of unlabelled persons.
    """

    camera: int
    person_ids: tuple[int, ...]
    num_passers_by: int


def plan_images(
    rng: np.random.Generator,
    num_images: int,
    num_identities: int,
    num_cameras: int,
) -> list[ImagePlan]:
    """Spread the identities evenly over images and cameras.

    Args:
        rng (np.random.Generator): Source of randomness.
        num_images (int): Number of images.
        num_identities (int): Number of labelled identities, 4 or more.
        num_cameras (int): Number of cameras.

    Returns:
        list[ImagePlan]: One plan an image.
    """
    seen = np.zeros((num_identities, num_cameras), np.int64)
    plans = []
    for _ in range(-(-num_images // num_cameras)):
        for camera in rng.permutation(num_cameras):
            count = int(rng.integers(LABELLED[0], LABELLED[1] + 1))
            order = np.lexsort(
                (rng.random(num_identities), seen[:, camera], seen.sum(axis=1))
            )
            ids = np.sort(order[:count])
            seen[ids, camera] += 1
            plans.append(
                ImagePlan(
                    int(camera),
                    tuple(ids.tolist()),
                    int(rng.integers(PASSERS_BY + 1)),
                )
            )
    return plans[:num_images]


def choose_queries(
    rng: np.random.Generator,
    plans: Sequence[ImagePlan],
    num_identities: int,
    num_queries: int,
) -> list[tuple[int, int]]:
    """Choose the images and persons of the queries.

    The identities take turns. Queries of an identity come from different
    cameras as long as one is left.

    Args:
        rng (np.random.Generator): Source of randomness.
        plans (Sequence[ImagePlan]): The test images.
        num_identities (int): Number of test identities.
        num_queries (int): Number of queries.

    Returns:
        list[tuple[int, int]]: Image and identity of each query, sorted by
            identity.

    Raises:
        InputError: The persons are not seen often enough.
    """
    chances = []
    for person in range(num_identities):
        images = [
            i for i, plan in enumerate(plans) if person in plan.person_ids
        ]
        if len(images) < 2:
            continue
        images = [images[i] for i in rng.permutation(len(images))]
        # The first image of every camera comes before any second image.
        turns: list[tuple[int, int, int]] = []
        used: dict[int, int] = {}
        for image in images:
            turn = used.get(plans[image].camera, 0)
            used[plans[image].camera] = turn + 1
            turns.append((turn, len(turns), image))
        chances.append([(person, image) for _, _, image in sorted(turns)])
    rounds = max(map(len, chances), default=0)
    pool = [
        chance[i]
        for i in range(rounds)
        for chance in chances
        if i < len(chance)
    ]
    if len(pool) < num_queries:
        raise InputError(
            f'{num_queries} queries are asked for, but the test images show '
            f'only {len(pool)} persons that are seen elsewhere as well; ask '
            'for more test images or fewer queries'
        )
    return [(image, person) for person, image in sorted(pool[:num_queries])]
