"""A check of a Qdrant gallery: persons, frames, files and numbers agree."""

from qdrant_client import models

from .conditions import is_value
from .points import FILE, FRAME
from .store import QdrantStore


def find_problems(store: QdrantStore) -> list[str]:
    """Read all of a gallery and look for contradictions.

    Files that an interrupted indexing left incomplete are no problem: the
    next indexing writes them again.

    Args:
        store (QdrantStore): The collections.

    Returns:
        list[str]: What is wrong; empty if all is well.
    """
    # Before all else: persons that are added meanwhile have greater numbers.
    head = store.current_head()
    files = {
        str(point.id)
        for point in store.scroll(store.files, _of_kind(FILE), payload=False)
    }
    frames = {
        _place(point)
        for point in store.scroll(
            store.files, _of_kind(FRAME), payload=['file', 'frame']
        )
    }
    counts = {
        'frames without a file': sum(file not in files for file, _ in frames),
        'persons without a file': 0,
        'persons without a frame': 0,
        'persons with a number that was never given': 0,
        'sightings with a number that was never given': 0,
    }
    for point in store.scroll(
        store.persons, payload=['file', 'frame', 'sighting']
    ):
        place = _place(point)
        counts['persons without a file'] += place[0] not in files
        counts['persons without a frame'] += place not in frames
        if int(point.id) >= head.next_row:
            counts['persons with a number that was never given'] += 1
        if (point.payload or {})['sighting'] >= head.next_sighting:
            counts['sightings with a number that was never given'] += 1
    return [f'{num} {what}' for what, num in counts.items() if num]


def _of_kind(kind: str) -> models.Filter:
    return models.Filter(must=[is_value('kind', kind)])


def _place(point: models.Record) -> tuple[str, int]:
    """File and frame that a point names."""
    payload = point.payload or {}
    return payload['file'], payload['frame']
