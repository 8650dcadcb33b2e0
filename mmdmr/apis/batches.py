"""Batches of pictures, and the persons of each picture."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import numpy as np

from mmdmr.structures import Detections

Item = TypeVar('Item')

#: Bytes of the decoded pictures from which a batch is full.
_BATCH_BYTES = 1 << 28


def batches(
    pictures: Iterable[Item],
    size: int,
    image_of: Callable[[Item], np.ndarray],
) -> Iterator[list[Item]]:
    """Gather pictures, fewer at a time if they are large.

    Args:
        pictures (Iterable): Pictures, decoded as they are asked for.
        size (int): Largest number of pictures of a batch, at least 1.
        image_of (Callable): Gives the image of a picture.

    Yields:
        list: Batches in the order of the pictures.
    """
    batch: list[Item] = []
    num_bytes = 0
    for picture in pictures:
        batch.append(picture)
        num_bytes += image_of(picture).nbytes
        if len(batch) == size or num_bytes >= _BATCH_BYTES:
            yield batch
            batch, num_bytes = [], 0
    if batch:
        yield batch


def persons_of_image(persons: Detections, index: int) -> Detections:
    """Take the persons of one image out of those of a batch.

    Args:
        persons (Detections): Persons of all images of the batch.
        index (int): Place of the image in the batch.

    Returns:
        Detections: Persons of the one image.
    """
    rows = persons.slice_of(index)
    return Detections.from_counts(
        persons.boxes[rows],
        persons.scores[rows],
        persons.feats[rows],
        [rows.stop - rows.start],
    )
