"""Batches of pictures, and the persons of each picture."""

from collections.abc import Iterable, Iterator

from mmdmr.structures import Detections

from .pictures import Picture

#: Bytes of the decoded pictures from which a batch is full.
_BATCH_BYTES = 1 << 28


def batches(pictures: Iterable[Picture], size: int) -> Iterator[list[Picture]]:
    """Gather pictures, fewer at a time if they are large.

    Args:
        pictures (Iterable[Picture]): Pictures, decoded as they are asked for.
        size (int): Largest number of pictures of a batch, at least 1.

    Yields:
        list[Picture]: Batches in the order of the pictures.
    """
    batch: list[Picture] = []
    for picture in pictures:
        batch.append(picture)
        if len(batch) == size or (
            sum(one.image.nbytes for one in batch) >= _BATCH_BYTES
        ):
            yield batch
            batch = []
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
