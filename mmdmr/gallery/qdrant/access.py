"""Reading and writing the points of a Qdrant gallery."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from qdrant_client import models

from .address import Address
from .connection import Connection

#: Points of a call without vectors, and numbers of a call with vectors.
_SOME, _NUMBERS = 1000, 2**19


class Access:
    """The two collections of a gallery, and the connection to them.

    Args:
        address (Address): Server or folder.

    Attributes:
        persons (str): Name of the collection of persons.
        files (str): Name of the collection of the head, files and frames.
        page (int): Points of a call with vectors.

    Raises:
        InputError: The folder is in use or damaged, or the server refuses.
        ConnectionError: The server does not answer.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self.persons, self.files = address.collection, address.files
        self.page = 1
        self._connection = Connection(address)
        self.call = self._connection.call
        self.close = self._connection.close

    def set_length(self, dim: int) -> None:
        """Let the calls with vectors be of a reasonable size.

        Args:
            dim (int): Length of the embeddings.
        """
        self.page = max(_NUMBERS // dim, 1)

    def has(self, collection: str) -> bool:
        """Tell whether there is a collection.

        Args:
            collection (str): Name of the collection.

        Returns:
            bool: True if there is one.
        """
        return self.call(lambda client: client.collection_exists(collection))

    def info(self) -> models.CollectionInfo:
        """State of the collection of persons.

        Returns:
            models.CollectionInfo: Numbers, index and settings.
        """
        return self.call(lambda client: client.get_collection(self.persons))

    def count(
        self, collection: str, conditions: models.Filter | None = None
    ) -> int:
        """Count points exactly.

        Args:
            collection (str): Name of the collection.
            conditions (models.Filter | None): Conditions. Defaults to None.

        Returns:
            int: Number of points.
        """
        return self.call(
            lambda client: client.count(
                collection, count_filter=conditions, exact=True
            )
        ).count

    def scroll(
        self,
        collection: str,
        conditions: models.Filter | None = None,
        payload: bool | list[str] = True,
        vectors: bool = False,
    ) -> Iterator[models.Record]:
        """Walk through points by rising id.

        Args:
            collection (str): Name of the collection.
            conditions (models.Filter | None): Conditions. Defaults to None.
            payload (bool | list[str]): Fields to read. Defaults to True: all.
            vectors (bool): True to read the vectors. Defaults to False.

        Yields:
            models.Record: Points.
        """
        limit = self.page if vectors else _SOME
        offset: Any = None
        while True:
            found, offset = self.call(
                # The offset of this page, not of a later one.
                lambda client, offset=offset: client.scroll(  # type: ignore
                    collection,
                    scroll_filter=conditions,
                    limit=limit,
                    offset=offset,
                    with_payload=payload,
                    with_vectors=vectors,
                )
            )
            yield from found
            if offset is None:
                return

    def retrieve(
        self,
        collection: str,
        ids: Sequence[int] | Sequence[str],
        payload: bool = True,
        vectors: bool = False,
    ) -> list[models.Record]:
        """Read points by their ids.

        Args:
            collection (str): Name of the collection.
            ids (Sequence[int] | Sequence[str]): Ids; those that are missing
                are passed over.
            payload (bool): True to read the payloads. Defaults to True.
            vectors (bool): True to read the vectors. Defaults to False.

        Returns:
            list[models.Record]: Points in any order.
        """
        size = self.page if vectors else _SOME
        found: list[models.Record] = []
        for start in range(0, len(ids), size):
            part = list(ids[start : start + size])
            found += self.call(
                lambda client, part=part: client.retrieve(  # type: ignore
                    collection,
                    part,
                    with_payload=payload,
                    with_vectors=vectors,
                )
            )
        return found

    def codes(self, rows: Sequence[int]) -> dict[int, np.ndarray]:
        """Read embeddings.

        Args:
            rows (Sequence[int]): Numbers of persons, each once.

        Returns:
            dict[int, np.ndarray]: (D,) float16 embeddings by number.
        """
        found = self.retrieve(self.persons, rows, payload=False, vectors=True)
        return {int(point.id): as_code(point) for point in found}

    def upsert(
        self, collection: str, points: Sequence[models.PointStruct]
    ) -> None:
        """Write points, durably when the method returns.

        Args:
            collection (str): Name of the collection.
            points (Sequence[models.PointStruct]): Points; those with a known
                id replace what is stored.
        """
        size = self.page if collection == self.persons else _SOME
        for start in range(0, len(points), size):
            part = list(points[start : start + size])
            self.call(
                lambda client, part=part: client.upsert(  # type: ignore
                    collection, part, wait=True
                )
            )

    def delete(
        self,
        collection: str,
        chosen: models.Filter | list[int] | list[str],
    ) -> None:
        """Delete points, durably when the method returns.

        Args:
            collection (str): Name of the collection.
            chosen (models.Filter | list[int] | list[str]): Conditions or ids.
        """
        selector: models.FilterSelector | models.PointIdsList = (
            models.FilterSelector(filter=chosen)
            if isinstance(chosen, models.Filter)
            else models.PointIdsList(points=list(chosen))
        )
        self.call(
            lambda client: client.delete(collection, selector, wait=True)
        )

    def values(
        self, key: str, conditions: models.Filter, most: int
    ) -> set[str]:
        """Different values of a field of files or frames.

        Args:
            key (str): Name of the field.
            conditions (models.Filter): Points to look at.
            most (int): Number of values that there may be.

        Returns:
            set[str]: The values.
        """
        found = self.call(
            lambda client: client.facet(
                self.files,
                key=key,
                facet_filter=conditions,
                limit=max(most, 1),
                exact=True,
            )
        )
        return {str(hit.value) for hit in found.hits}


def as_code(point: models.Record) -> np.ndarray:
    """Embedding of a point, exactly as it is stored.

    Args:
        point (models.Record): Point with its vector.

    Returns:
        np.ndarray: (D,) float16.
    """
    return np.array(point.vector, dtype='<f2')
