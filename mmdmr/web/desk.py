"""Searches for the page: a model, a gallery, and one thread that searches."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from threading import BoundedSemaphore
from typing import TypeVar

import numpy as np

from mmdmr.apis import PersonSearcher
from mmdmr.apis.notes import notes_on
from mmdmr.apis.searching import SearchOptions, check_searchable, find_hits
from mmdmr.gallery import Filters, Gallery
from mmdmr.media.images import decode_image
from mmdmr.structures import Hit

from .locked_embedder import LockedEmbedder
from .pictures import encode_scene
from .uploads import Upload

T = TypeVar('T')
#: Uploads that are decoded at a time: a picture may take 268 MB.
_DECODED = 2


@dataclass(frozen=True, eq=False)
class Found:
    """What a search found.

    Args:
        hits (list[Hit]): Hits, the best first.
        scenes (dict[int, int]): Scenes of the hits, by ``Hit.row``.
        num_persons (int): Persons that the filters keep.
        notes (tuple[str, ...]): What the reader of the hits has to know.
    """

    hits: list[Hit]
    scenes: dict[int, int]
    num_persons: int
    notes: tuple[str, ...]


class Desk:
    """Embeds uploads and searches a gallery, for all users.

    A gallery that is open belongs to one thread. All searches run in a thread
    of their own, whose gallery keeps the embeddings in memory. What is only
    read is read by a connection for each request.

    Args:
        searcher (PersonSearcher): The model. Its embedder is locked.
        path (Path): Folder of the gallery.

    Attributes:
        searcher (PersonSearcher): The model.
        path (Path): Folder of the gallery.
    """

    def __init__(self, searcher: PersonSearcher, path: Path) -> None:
        searcher.embedder = LockedEmbedder(searcher.embedder)
        self.searcher = searcher
        self.path = path
        self._thread = ThreadPoolExecutor(1, 'search')
        self._gallery: Gallery | None = None
        self._decoding = BoundedSemaphore(_DECODED)

    @contextmanager
    def reading(self) -> Iterator[Gallery]:
        """Open the gallery for one request.

        Yields:
            Gallery: The gallery, open for reading, in one state.
        """
        with Gallery.open(self.path) as gallery, gallery.reading():
            yield gallery

    def take(self, name: str, content: bytes) -> Upload:
        """Find the persons of an uploaded picture.

        Args:
            name (str): Name of the file.
            content (bytes): Content of the file.

        Returns:
            Upload: The picture with its persons.

        Raises:
            InputError: The content is no picture, or damaged, or too large.
        """
        with self._decoding:
            image = decode_image(content, name)
            persons = self.searcher.embedder.embed([image])
            height, width = image.shape[:2]
            whole = None
            if not len(persons):
                box = np.array([[0.0, 0.0, width, height]])
                whole = self.searcher.embedder.embed_boxes(image, box)[0]
            return Upload(
                name,
                blake2b(content, digest_size=32).hexdigest(),
                (width, height),
                encode_scene(image),
                persons.boxes,
                persons.feats,
                whole,
            )

    def search(
        self,
        feat: np.ndarray,
        filters: Filters,
        min_similarity: float,
        top_k: int,
        own_content: str = '',
    ) -> Found:
        """Search the gallery for an embedding.

        Args:
            feat (np.ndarray): (D,) embedding of unit length.
            filters (Filters): Which persons are searched.
            min_similarity (float): Least similarity of a hit.
            top_k (int): Largest number of hits.
            own_content (str): Digest of the query's own file, whose persons
                are left out. Defaults to ''.

        Returns:
            Found: The hits.

        Raises:
            InputError: The gallery is empty, or lacks a source or a camera.
        """

        def search(gallery: Gallery) -> Found:
            conditions = filters
            if own_content:
                own = gallery.rows_of_content(own_content)
                conditions = replace(
                    filters, without_rows=[*filters.without_rows, *own]
                )
            check_searchable(gallery, conditions)
            with gallery.reading():
                (hits,), num = find_hits(
                    gallery,
                    feat[None],
                    SearchOptions(top_k, conditions),
                    self.searcher.calibration,
                )
                near = [h for h in hits if h.similarity >= min_similarity]
                scenes = gallery.scenes_of_rows([hit.row for hit in near])
            notes = notes_on(
                self.searcher.model,
                self.searcher.calibration,
                num,
                self.searcher.calibration_note,
            )
            return Found(near, scenes, num, notes)

        return self._searched(search)

    def close(self) -> None:
        """End the thread of the searches, behind the search that runs."""
        self._thread.submit(self._close_gallery).result()
        self._thread.shutdown()

    def _searched(self, search: Callable[[Gallery], T]) -> T:
        """Run a search in the thread that owns the gallery."""

        def run() -> T:
            if self._gallery is None:
                self._gallery = Gallery.open(self.path, self.searcher.model)
            return search(self._gallery)

        return self._thread.submit(run).result()

    def _close_gallery(self) -> None:
        if self._gallery is not None:
            self._gallery.close()
            self._gallery = None
