"""The gallery in a collection of Qdrant, added, removed and searched."""

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import TracebackType

import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import ModelInfo

from ..checks import check_same_model, check_search
from ..derived import IndexState
from ..entries import Entry
from ..filters import Filters
from ..ranking import Matches, Ranking
from ..vectors import unit_rows
from .address import parse_address
from .contents import QdrantContents
from .head import FORMAT, STORED
from .searching import search
from .store import QdrantStore
from .verification import find_problems
from .writing import Writer

_LOGGER = logging.getLogger(__name__)


class QdrantGallery(QdrantContents):
    """Persons in a collection of Qdrant.

    The methods are those of :class:`~mmdmr.gallery.gallery.Gallery`, and so
    are their answers. The differences: a batch is repaired by the next
    indexing if the process dies while it is written, instead of being undone;
    a search may see a part of a batch; and Qdrant builds its index by itself.

    Galleries are made by :meth:`create` and :meth:`open`, and closed by
    :meth:`close` or at the end of a ``with`` block.

    Attributes:
        address (str): Address of the gallery, without a key.
        format (int): Version of the format.
        model (ModelInfo): Model that made the embeddings.
        stored (str): Type of the stored embeddings, ``float16``.

    Example:
        >>> import tempfile
        >>> from mmdmr.structures import Detections
        >>> model = ModelInfo('toy', 'ab12', dim=2)
        >>> persons = Detections.from_counts(
        ...     np.array([[0., 0., 40., 90.], [50., 0., 90., 90.]]),
        ...     np.array([0.9, 0.8]), np.eye(2), [2])
        >>> address = f'qdrant:{tempfile.mkdtemp()}'
        >>> with QdrantGallery.create(address, model) as gallery:
        ...     _ = gallery.add(
        ...         [Entry('holiday', '1.jpg', 'ff', (99, 99), persons)])
        ...     found = gallery.search(np.array([[0.1, 0.9]]), top_k=1)
        ...     gallery.read(found.rows[0])[0].box.tolist()
        [50.0, 0.0, 90.0, 90.0]
    """

    format = FORMAT
    stored = STORED

    def __init__(self, store: QdrantStore) -> None:
        super().__init__(store)
        self.address = store.address.shown
        self.model = store.open().model
        self._writer: Writer | None = None

    @staticmethod
    def exists(address: str) -> bool:
        """Tell whether there is a gallery at an address.

        Args:
            address (str): ``http(s)://HOST:PORT/COLLECTION`` or
                ``qdrant:FOLDER``.

        Returns:
            bool: True if there is a gallery.

        Raises:
            InputError: The address is malformed, or the server refuses.
            ConnectionError: The server does not answer.
        """
        place = parse_address(address)
        # The embedded mode would make a folder.
        if place.folder is not None and not place.folder.exists():
            return False
        store = QdrantStore(place)
        try:
            return store.exists()
        finally:
            store.close()

    @classmethod
    def create(
        cls, address: str, model: ModelInfo, stored: str = STORED
    ) -> 'QdrantGallery':
        """Make an empty gallery and open it for writing.

        Args:
            address (str): ``http(s)://HOST:PORT/COLLECTION`` or
                ``qdrant:FOLDER``.
            model (ModelInfo): Model of the embeddings.
            stored (str): ``float16``. Defaults to 'float16'.

        Returns:
            QdrantGallery: The gallery.

        Raises:
            InputError: The collection holds something, the type is another
                one, or the server refuses.
            ConnectionError: The server does not answer.
        """
        place = parse_address(address)
        if stored != STORED:
            raise InputError(
                f'{place.shown}: Qdrant stores embeddings as {STORED}, not as '
                f'{stored!r}; the server can quantise them for its index'
            )
        store = QdrantStore(place)
        try:
            store.create(model)
            gallery = cls(store)
            gallery._writer = Writer(store)
            return gallery
        except BaseException:
            store.close()
            raise

    @classmethod
    def open(
        cls, address: str, model: ModelInfo | None = None, write: bool = False
    ) -> 'QdrantGallery':
        """Open a gallery. Little is read until it is asked for.

        Args:
            address (str): ``http(s)://HOST:PORT/COLLECTION`` or
                ``qdrant:FOLDER``.
            model (ModelInfo | None): Model that will make queries or add
                persons. Defaults to None: not compared.
            write (bool): True to add or remove. Defaults to False.

        Returns:
            QdrantGallery: The gallery.

        Raises:
            FileNotFoundError: There is no gallery.
            InputError: The collection is no gallery, of another format or
                model, another process writes to it, or the server refuses.
            ConnectionError: The server does not answer.
        """
        place = parse_address(address)
        if place.folder is not None and not place.folder.exists():
            raise FileNotFoundError(f'{place.shown}: no such gallery')
        store = QdrantStore(place)
        try:
            gallery = cls(store)
            if model is not None:
                gallery.check_model(model)
            # Last: a gallery of another model is not claimed.
            gallery._writer = Writer(store) if write else None
            return gallery
        except BaseException:
            store.close()
            raise

    def check_model(self, model: ModelInfo) -> None:
        """Check that a model's embeddings can be compared with the stored.

        Args:
            model (ModelInfo): Model that will make queries or add persons.

        Raises:
            InputError: The gallery was made by another model.
        """
        check_same_model(self.address, self.model, model)

    def close(self) -> None:
        """Give back the claim to write, and the connection."""
        writer, self._writer = self._writer, None
        try:
            if writer is not None:
                writer.claim.give_back()
        except (InputError, ConnectionError) as error:
            # Everything is stored. The claim ends by itself.
            _LOGGER.info('%s', error)
        finally:
            self._store.close()

    def __enter__(self) -> 'QdrantGallery':
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def set_origin(self, origin: dict[str, str]) -> None:
        """Remember how the model is loaded, so that a search need not tell.

        Args:
            origin (dict[str, str]): Files by the names of the arguments.
        """
        self._writing().set_origin(origin)

    def add(self, entries: Sequence[Entry]) -> np.ndarray:
        """Store photographs and frames, durably.

        If the process ends meanwhile, the files of the batch are incomplete,
        and the next indexing writes them again.

        Args:
            entries (Sequence[Entry]): Photographs and frames.

        Returns:
            np.ndarray: (n,) int64 numbers of the new persons.

        Raises:
            InputError: An entry is wrong, the gallery is open for reading, or
                another process has taken over.
            ConnectionError: The server does not answer.
        """
        return self._writing().add(entries)

    def finish(self, source: str, path: str) -> None:
        """Note that all frames of a video are stored.

        Args:
            source (str): Name of the source.
            path (str): Path of the video.

        Raises:
            InputError: The file is unknown.
        """
        self._writing().finish(source, path)

    def skip(
        self,
        source: str,
        path: str,
        reason: str,
        content_hash: str = '',
        size_bytes: int = 0,
        mtime_ns: int = 0,
    ) -> None:
        """Remember a bad file, so that it is not tried again unless changed.

        Args:
            source (str): Name of the source.
            path (str): Path of the file.
            reason (str): What is wrong with the file.
            content_hash (str): Digest of the content. Defaults to ''.
            size_bytes (int): Size of the file. Defaults to 0.
            mtime_ns (int): Time of the last change. Defaults to 0.
        """
        content = (content_hash, size_bytes, mtime_ns)
        self._writing().skip(source, path, reason, content)

    def set_root(self, source: str, folder: str | Path) -> None:
        """Remember the folder of a source, so that hits can be drawn.

        Args:
            source (str): Name of the source.
            folder (str | Path): Folder that the paths are relative to.
        """
        self._writing().set_root(source, str(folder))

    def remove(
        self,
        source: str | None = None,
        path: str | Sequence[str] | None = None,
    ) -> int:
        """Remove files with their persons.

        Args:
            source (str | None): Name of the source. Defaults to None: any.
            path (str | Sequence[str] | None): Path of a file, or of several.
                Defaults to None: any.

        Returns:
            int: Number of removed persons.

        Raises:
            InputError: Neither is given.
        """
        writer = self._writing()
        if source is None and path is None:
            raise InputError('name the source or the file to remove')
        paths = [path] if isinstance(path, str) else path
        return writer.remove(source, paths)

    def reading(self) -> AbstractContextManager[None]:
        """Read in several calls. What is written meanwhile may show.

        Returns:
            AbstractContextManager: A block that does nothing.
        """
        return nullcontext()

    def search(
        self,
        feats: np.ndarray,
        top_k: int = 20,
        filters: Filters | None = None,
        exact: bool = False,
        group_sightings: bool = True,
    ) -> Matches:
        """Find the most similar persons.

        Args:
            feats (np.ndarray): (q, D) queries; scaled to unit length.
            top_k (int): Number of persons k of each query. Defaults to 20.
            filters (Filters | None): Conditions. Defaults to None: all
                persons.
            exact (bool): True to compare with every person, without Qdrant's
                index. Defaults to False.
            group_sightings (bool): True for the best person of each sighting
                only. Defaults to True.

        Returns:
            Matches: (q, k) persons. Similarities are those of the stored
            embeddings.

        Raises:
            InputError: A query has another length or is zero, or ``top_k`` is
                below 1.
            ConnectionError: The server does not answer.
        """
        check_search(feats, self.model.dim, top_k)
        if not len(feats):
            none = Ranking.empty(0, top_k)
            return Matches(none.rows, none.similarities)
        queries = unit_rows(feats, 'query')
        return search(
            *(self._store, queries, top_k, filters or Filters()),
            *(exact, group_sightings),
        )

    def build_index(
        self,
        min_persons: int = 50_000,
        recall: float = 0.95,
        seed: int = 0,
    ) -> IndexState | None:
        """Do nothing: Qdrant builds its index by itself.

        Args:
            min_persons (int): Not used. Defaults to 50,000.
            recall (float): Not used. Defaults to 0.95.
            seed (int): Not used. Defaults to 0.

        Returns:
            IndexState | None: None.
        """
        return None

    def problems(self) -> list[str]:
        """Read all persons, frames and files, and look for contradictions.

        Returns:
            list[str]: What is wrong; empty if all is well.
        """
        return find_problems(self._store)

    def _writing(self) -> Writer:
        if self._writer is None:
            raise InputError(
                f'{self.address}: the gallery was opened for reading; open it '
                'with write=True to change it'
            )
        return self._writer
