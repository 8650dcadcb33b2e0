"""What every gallery has, wherever it keeps its persons."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Protocol

import numpy as np

from mmdmr.structures import ModelInfo

from .derived import IndexState
from .entries import Entry, FileState, Person, Sighting
from .filters import Filters
from .ranking import Matches
from .searching import IndexStatus


class AnyGallery(Protocol):
    """A gallery in a folder or on a server.

    :class:`~mmdmr.gallery.gallery.Gallery` describes the methods. A gallery
    on a server differs in what a batch guarantees, see ``docs/scaling.md``.

    Attributes:
        address (str): Folder or address, for messages.
        format (int): Version of the format.
        model (ModelInfo): Model that made the embeddings.
        stored (str): Type of the stored embeddings.
    """

    address: str
    format: int
    model: ModelInfo
    stored: str

    def __len__(self) -> int:
        """Count the persons."""
        ...

    @property
    def last_row(self) -> int:
        """int: Number that no person's number exceeds, 0 without persons."""
        ...

    @property
    def num_files(self) -> int:
        """int: Number of files without the bad ones."""
        ...

    @property
    def num_frames(self) -> int:
        """int: Number of photographs and frames."""
        ...

    @property
    def next_sighting(self) -> int:
        """int: Least number that no sighting of the gallery ever had."""
        ...

    @property
    def roots(self) -> dict[str, str]:
        """dict[str, str]: Folder of each source when it was indexed; ''."""
        ...

    @property
    def origin(self) -> dict[str, str]:
        """dict[str, str]: Files that the model is loaded from; may be {}."""
        ...

    def sources(self) -> list[str]:
        """Names of the sources that have files."""
        ...

    def cameras(self) -> list[str]:
        """Names of the cameras that have photographs or frames."""
        ...

    def time_span(self) -> tuple[float, float] | None:
        """Earliest and latest time of all photographs and frames."""
        ...

    def bad_files(self) -> list[tuple[str, str, str]]:
        """Files that could not be read."""
        ...

    def known(self, source: str) -> dict[str, FileState]:
        """What is known of the files of a source."""
        ...

    def rows_of_content(self, content_hash: str) -> list[int]:
        """Persons of all files with one content."""
        ...

    def read(self, rows: Sequence[int] | np.ndarray) -> list[Person]:
        """Read persons."""
        ...

    def sightings(
        self, numbers: Sequence[int] | np.ndarray
    ) -> dict[int, Sighting]:
        """Times and sizes of sightings."""
        ...

    def embeddings(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """Read embeddings."""
        ...

    def blocks(
        self, size: int = 8192
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Walk through all embeddings."""
        ...

    def check_model(self, model: ModelInfo) -> None:
        """Check that a model's embeddings can be compared with the stored."""
        ...

    def close(self) -> None:
        """Give back the files, the connection and the writer's lock."""
        ...

    def __enter__(self) -> 'AnyGallery':
        """Use the gallery in a ``with`` block, which closes it."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the gallery."""
        ...

    def set_origin(self, origin: dict[str, str]) -> None:
        """Remember how the model is loaded."""
        ...

    def set_root(self, source: str, folder: str | Path) -> None:
        """Remember the folder of a source."""
        ...

    def add(self, entries: Sequence[Entry]) -> np.ndarray:
        """Store photographs and frames."""
        ...

    def finish(self, source: str, path: str) -> None:
        """Note that all frames of a video are stored."""
        ...

    def skip(
        self,
        source: str,
        path: str,
        reason: str,
        content_hash: str = '',
        size_bytes: int = 0,
        mtime_ns: int = 0,
    ) -> None:
        """Remember a bad file."""
        ...

    def remove(
        self,
        source: str | None = None,
        path: str | Sequence[str] | None = None,
    ) -> int:
        """Remove files with their persons."""
        ...

    def reading(self) -> AbstractContextManager[None]:
        """Read one state of the gallery, if its store can do so."""
        ...

    def search(
        self,
        feats: np.ndarray,
        top_k: int = 20,
        filters: Filters | None = None,
        exact: bool = False,
        group_sightings: bool = True,
    ) -> Matches:
        """Find the most similar persons."""
        ...

    def build_index(
        self,
        min_persons: int = 50_000,
        recall: float = 0.95,
        seed: int = 0,
    ) -> IndexState | None:
        """Build an index, unless the store does so by itself."""
        ...

    def index_status(self) -> IndexStatus:
        """Say whether there is an index and whether it can be used."""
        ...

    def problems(self) -> list[str]:
        """Read all of the gallery and look for damage."""
        ...

    def sizes(self) -> dict[str, int]:
        """Bytes of ``database`` and ``index``; {} for a server."""
        ...
