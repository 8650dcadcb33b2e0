"""Finding person-search data sets inside whatever is around them."""

from collections.abc import Iterator
from typing import Any

from mmdmr.datasets import PersonSearchDataset


def person_search_sets(dataset: Any) -> Iterator[PersonSearchDataset]:
    """Find the person-search data sets of a loader.

    Args:
        dataset (Any): What a loader reads: such a set, or wrappers with the
            attribute ``dataset`` or ``datasets``, as MMEngine's,
            MMDetection's and PyTorch's have.

    Yields:
        PersonSearchDataset: Each of them, in order.
    """
    if isinstance(dataset, PersonSearchDataset):
        yield dataset
        return
    inner = list(getattr(dataset, 'datasets', None) or ())
    if not inner and getattr(dataset, 'dataset', None) is not None:
        inner = [dataset.dataset]
    for part in inner:
        yield from person_search_sets(part)
