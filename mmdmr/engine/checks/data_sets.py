"""Person-search data sets of a loader, found inside wrappers."""

from collections.abc import Iterator
from typing import Any

from mmdmr.datasets import PersonSearchDataset


def person_search_sets(dataset: Any) -> Iterator[PersonSearchDataset]:
    """Find the person-search data sets of a loader.

    Args:
        dataset (Any): Data set of a loader. Wrappers are opened by their
            attribute ``dataset`` or ``datasets``, as MMEngine's,
            MMDetection's and PyTorch's wrappers have.

    Yields:
        PersonSearchDataset: Each data set, in order.

    Example:
        >>> from types import SimpleNamespace
        >>> other_set = object()
        >>> list(person_search_sets(SimpleNamespace(datasets=[other_set])))
        []
    """
    if isinstance(dataset, PersonSearchDataset):
        yield dataset
        return
    inner = list(getattr(dataset, 'datasets', None) or ())
    if not inner and getattr(dataset, 'dataset', None) is not None:
        inner = [dataset.dataset]
    for part in inner:
        yield from person_search_sets(part)
