"""The gallery: persons on disk, added, removed and searched."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import ModelInfo

from . import writing
from .checks import check_same_model, check_search
from .contents import Contents
from .database import DATABASE, FORMAT
from .derived import IndexState
from .entries import Entry
from .filters import Filters
from .ranking import Matches, Ranking
from .searching import IndexStatus, Searcher
from .store import Store
from .vectors import unit_rows
from .verification import find_problems

#: Persons of an index, at least: the codes are learnt from them.
_LEAST = 128


class Gallery(Contents):
    """Persons on disk: embeddings with files, boxes, cameras and times.

    A gallery is a folder. One process at a time may write to it. Any number
    of processes may read meanwhile; a search sees one state of the gallery.
    What :meth:`add` stored is on the disk when the method returns. An object
    belongs to the thread that made it.

    Galleries are made by :meth:`create` and :meth:`open`, and closed by
    :meth:`close` or at the end of a ``with`` block.

    Attributes:
        path (Path): Folder of the gallery.
        address (str): The same as text, for messages.
        format (int): Version of the format.
        model (ModelInfo): Model that made the embeddings.
        stored (str): Type of the stored embeddings, ``float16`` or ``int8``.

    Example:
        >>> import tempfile
        >>> from mmdmr.structures import Detections
        >>> model = ModelInfo('toy', 'ab12', dim=2)
        >>> persons = Detections.from_counts(
        ...     np.array([[0., 0., 40., 90.], [50., 0., 90., 90.]]),
        ...     np.array([0.9, 0.8]), np.eye(2), [2])
        >>> folder = Path(tempfile.mkdtemp(), 'my.gallery')
        >>> with Gallery.create(folder, model) as gallery:
        ...     _ = gallery.add(
        ...         [Entry('holiday', '1.jpg', 'ff', (99, 99), persons)])
        ...     found = gallery.search(np.array([[0.1, 0.9]]), top_k=1)
        ...     gallery.read(found.rows[0])[0].box.tolist()
        [50.0, 0.0, 90.0, 90.0]
    """

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._searcher = Searcher(store)
        self.path = store.folder
        self.address = str(store.folder)
        self.format = FORMAT
        self.model = store.model
        self.stored = str(store.meta('stored'))

    @classmethod
    def create(
        cls, path: str | Path, model: ModelInfo, stored: str = 'float16'
    ) -> 'Gallery':
        """Make an empty gallery and open it for writing.

        Args:
            path (str | Path): Folder that is missing or empty.
            model (ModelInfo): Model of the embeddings.
            stored (str): Type of the stored embeddings: ``float16``, or
                ``int8`` with half the bytes. Defaults to 'float16'.

        Returns:
            Gallery: The gallery.

        Raises:
            InputError: The folder holds a gallery or other files, or the type
                is unknown.
            OSError: The folder cannot be written.
        """
        Store.create(Path(path), model, stored)
        return cls(Store(Path(path), write=True))

    @classmethod
    def open(
        cls,
        path: str | Path,
        model: ModelInfo | None = None,
        write: bool = False,
    ) -> 'Gallery':
        """Open a gallery. Little is read until it is asked for.

        Args:
            path (str | Path): Folder of the gallery.
            model (ModelInfo | None): Model that will make queries or add
                persons. Defaults to None: not compared.
            write (bool): True to add or remove. Defaults to False.

        Returns:
            Gallery: The gallery.

        Raises:
            FileNotFoundError: The folder is missing.
            InputError: The folder is no gallery, is damaged, of another
                format or model, or another process writes to it.
            OSError: The folder cannot be read or written.
        """
        store = Store(Path(path), write)
        try:
            gallery = cls(store)
            if model is not None:
                gallery.check_model(model)
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
        """Give back the files and the writer's lock."""
        self._searcher.close()
        self._store.close()

    def __enter__(self) -> 'Gallery':
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
            origin (dict[str, str]): Files by the names of the arguments, such
                as ``config`` and ``checkpoint``.
        """
        writing.set_origin(self._store, origin)

    def add(self, entries: Sequence[Entry]) -> np.ndarray:
        """Store photographs and frames, durably and all of them or none.

        An entry replaces what the gallery holds of the same source, path and
        frame. If the content of a file changed, all its former frames go. A
        photograph is complete at once, a video after :meth:`finish`.

        Args:
            entries (Sequence[Entry]): Photographs and frames. Embeddings are
                scaled to unit length.

        Returns:
            np.ndarray: (n,) int64 numbers of the new persons.

        Raises:
            InputError: An entry is wrong, or the gallery is open for reading.
            OSError: The disk is full.
        """
        return writing.add_entries(self._store, entries)

    def finish(self, source: str, path: str) -> None:
        """Note that all frames of a video are stored.

        Args:
            source (str): Name of the source.
            path (str): Path of the video.

        Raises:
            InputError: The file is unknown.
        """
        writing.finish_file(self._store, source, path)

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

        What the same content gave before, such as the good frames of a video
        that ends early, stays.

        Args:
            source (str): Name of the source.
            path (str): Path of the file.
            reason (str): What is wrong with the file.
            content_hash (str): Digest of the content. Defaults to ''.
            size_bytes (int): Size of the file. Defaults to 0.
            mtime_ns (int): Time of the last change. Defaults to 0.
        """
        content = (content_hash, size_bytes, mtime_ns)
        writing.skip_file(self._store, source, path, reason, content)

    def set_root(self, source: str, folder: str | Path) -> None:
        """Remember the folder of a source, so that hits can be drawn.

        Args:
            source (str): Name of the source.
            folder (str | Path): Folder that the paths are relative to.
        """
        writing.set_root(self._store, source, str(folder))

    def remove(
        self,
        source: str | None = None,
        path: str | Sequence[str] | None = None,
    ) -> int:
        """Remove files with their persons, all of them or none.

        Args:
            source (str | None): Name of the source. Defaults to None: any.
            path (str | Sequence[str] | None): Path of a file, or of several.
                Defaults to None: any.

        Returns:
            int: Number of removed persons.

        Raises:
            InputError: Neither is given.
        """
        if source is None and path is None:
            raise InputError('name the source or the file to remove')
        paths = [path] if isinstance(path, str) else path
        return writing.remove_files(self._store, source, paths)

    def reading(self) -> AbstractContextManager[None]:
        """Read one state of the gallery in several calls.

        Returns:
            AbstractContextManager: What is written meanwhile shows after the
            ``with`` block.
        """
        return self._store.reading()

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
            exact (bool): True to compare with every embedding of the
                database, without the index. Defaults to False.
            group_sightings (bool): True for the best person of each sighting
                only. Defaults to True.

        Returns:
            Matches: (q, k) persons. Similarities are those of the stored
            embeddings.

        Raises:
            InputError: A query has another length or is zero, or ``top_k`` is
                below 1.
        """
        check_search(feats, self.model.dim, top_k)
        if not len(feats):
            none = Ranking.empty(0, top_k)
            return Matches(none.rows, none.similarities)
        return self._searcher.search(
            unit_rows(feats, 'query'),
            top_k,
            filters or Filters(),
            exact,
            group_sightings,
        )

    def build_index(
        self,
        min_persons: int = 50_000,
        recall: float = 0.95,
        seed: int = 0,
    ) -> IndexState | None:
        """Build an index for fast search, in the place of an older one.

        The index holds the persons of now. Persons that are added later are
        searched exactly until the next building, removed persons are left
        out. The index is made from the database and may be deleted.

        Args:
            min_persons (int): Least number of persons, at least 128: exact
                search of fewer is fast. Defaults to 50,000.
            recall (float): Share of the 10 most similar persons that a search
                must find, in (0, 1]. The share is measured with a sample of
                the stored persons. Defaults to 0.95.
            seed (int): Seed of the sample. Defaults to 0.

        Returns:
            IndexState | None: Description with the measured recall; None if
            the gallery has fewer persons.

        Raises:
            InputError: The recall is not reached, FAISS is missing, or the
                gallery is open for reading.
            OSError: The files cannot be written.
        """
        try:
            # Only here and in searches with an index is FAISS needed.
            from .building import build
        except ImportError as error:
            raise InputError(
                'an index needs FAISS; install it with pip install '
                "'mmdmr[search]'"
            ) from error
        self._store.check_writable()
        if len(self) < max(min_persons, _LEAST):
            return None
        return build(self._store, recall, seed)

    def index_status(self) -> IndexStatus:
        """Say whether there is an index and whether it can be used.

        Returns:
            IndexStatus: State of the index.
        """
        return self._searcher.status()

    def problems(self) -> list[str]:
        """Read all of the gallery and look for damage.

        Returns:
            list[str]: What is wrong; empty if all is well.
        """
        return find_problems(self._store)

    def sizes(self) -> dict[str, int]:
        """Bytes on the disk.

        Returns:
            dict[str, int]: Bytes of the ``database`` and of the ``index``.
        """
        files = [x for x in self.path.glob(f'{DATABASE}*') if x.is_file()]
        built = self.index_status().built
        return dict(
            database=sum(file.stat().st_size for file in files),
            index=built.num_bytes if built else 0,
        )
