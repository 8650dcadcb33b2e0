"""Search of a gallery: index, later persons, filters and a last check."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mmdmr.errors import InputError

from .derived import IndexState
from .exact import block_size, rank_blocks
from .filters import Columns, Filters, keep_mask
from .ranking import Matches, Ranking, merge
from .resident import Resident
from .store import Store
from .vectors import decode

if TYPE_CHECKING:
    from .index import Index

#: Difference between a similarity of the index and that of the database, at
#: most. Rounding makes 1e-6.
_TOLERANCE = 1e-3


class IndexStatus(NamedTuple):
    """State of the index of a gallery.

    Args:
        built (IndexState | None): Description of the index in use; None if
            there is none that can be used.
        num_later (int): Number of persons outside the index, which are
            searched exactly.
        num_removed (int): Number of persons of the index that were removed.
        note (str): Why an index is not used; '' if it is, or if none was
            built.
        num_indexed (int): Number of persons of the index, also of an index
            that a server builds by itself. Defaults to 0: no index.
    """

    built: IndexState | None
    num_later: int
    num_removed: int
    note: str
    num_indexed: int = 0


class Searcher:
    """Searches a gallery and keeps in memory what the next search needs.

    Args:
        store (Store): The database.

    Attributes:
        index (Index | None): The index, if one can be used.
        note (str): Why the index is not used; '' if it is, or if none was
            built.
    """

    def __init__(self, store: Store) -> None:
        self.index: Index | None = None
        self.note = ''
        self._store = store
        self._generation = -1
        self._described = ''
        # (n,) bool: persons of the index that were not removed; None: all.
        self._alive: np.ndarray | None = None
        # Persons that are not in the index, and persons of an exact search.
        self._later = Resident(store, 0)
        self._every: Resident | None = None

    def search(
        self,
        feats: np.ndarray,
        size: int,
        filters: Filters,
        exact: bool,
        grouped: bool,
    ) -> Matches:
        """Find the most similar persons.

        Args:
            feats (np.ndarray): (q, D) float32 queries of unit length.
            size (int): Number of persons k of each query.
            filters (Filters): Conditions.
            exact (bool): True to search without the index.
            grouped (bool): True for the best person of each sighting only.

        Returns:
            Matches: (q, k) persons.

        Raises:
            InputError: The database is damaged.
        """
        with self._store.reading():
            self.refresh()
            if exact or self.index is None:
                people = self._everybody()
                ranking, num = self._rank_resident(
                    people, feats, size, filters, grouped
                )
                return self._checked(ranking, feats, num)[0]
            ranking, num = self._rank_both(feats, size, filters, grouped)
            try:
                matches, error = self._checked(ranking, feats, num)
            except InputError:
                # The index names a person that the database does not hold.
                error = np.inf
            if error <= _TOLERANCE:
                return matches
            self._drop_index('it does not agree with the database')
            self.refresh()
            return self.search(feats, size, filters, exact, grouped)

    def refresh(self) -> None:
        """Follow what this or another process has changed."""
        generation = self._store.meta('generation')
        if generation == self._generation:
            return
        self._follow_index()
        # Generation in which numbers of removed persons were forgotten.
        forgotten = self._store.one(
            "SELECT value FROM meta WHERE key = 'forgotten'"
        )
        if forgotten and self._generation < int(forgotten[0]):
            # What was removed meanwhile is not known any more.
            self._read_anew()
        found = self._store.all('SELECT row FROM removed ORDER BY row')
        removed = np.array(found, dtype=np.int64).ravel()
        self._later.refresh(removed)
        if self._every is not None:
            self._every.refresh(removed)
        self._alive = None
        if self.index is not None and len(removed):
            self._alive = ~np.isin(self.index.columns.rows, removed)
        self._generation = generation

    def status(self) -> IndexStatus:
        """Say whether there is an index and whether it can be used.

        Returns:
            IndexStatus: State of the index.
        """
        with self._store.reading():
            self._follow_index()
            built = None if self.index is None else self.index.state
            last = 0 if built is None else built.last_row
            (num_later,) = self._store.one(
                'SELECT count(*) FROM persons WHERE row > ?', last
            )
            (num_removed,) = self._store.one(
                'SELECT count(*) FROM removed WHERE row <= ?', last
            )
        num_indexed = 0 if built is None else built.num_rows
        return IndexStatus(
            built, num_later, num_removed, self.note, num_indexed
        )

    def close(self) -> None:
        """Let go of the files of the index."""
        self.index = None

    def _rank_both(
        self, feats: np.ndarray, size: int, filters: Filters, grouped: bool
    ) -> tuple[Ranking, int]:
        """Rank the persons of the index, and later ones exactly."""
        assert self.index is not None
        kept, num = self._alive, self.index.state.num_rows
        if not filters.is_open:
            mask = self._mask(filters, self.index.columns)
            kept = mask if kept is None else mask & kept
        if kept is not None:
            num = int(np.count_nonzero(kept))
        ranking = self.index.rank(feats, size, kept, grouped)
        later, num_later = self._rank_resident(
            self._later, feats, size, filters, grouped
        )
        if num_later:
            ranking = merge(ranking, later, size, grouped)
        return ranking, num + num_later

    def _rank_resident(
        self,
        people: Resident,
        feats: np.ndarray,
        size: int,
        filters: Filters,
        grouped: bool,
    ) -> tuple[Ranking, int]:
        kept = people.columns
        if not filters.is_open and len(kept.rows):
            kept = kept.take(self._mask(filters, kept))
        blocks = people.blocks(kept, block_size(len(feats), feats.shape[1]))
        ranking = rank_blocks(feats, blocks, size, grouped)
        return ranking, len(kept.rows)

    def _checked(
        self, ranking: Ranking, feats: np.ndarray, num_searched: int
    ) -> tuple[Matches, float]:
        """Compute the similarities anew from the database.

        Returns the matches, and the greatest change of a similarity.
        """
        found = ranking.rows >= 0
        rows, places = np.unique(ranking.rows[found], return_inverse=True)
        near = ranking.similarities.copy()
        if len(rows):
            queries = feats[np.nonzero(found)[0]].astype(np.float64)
            stored = decode(self._store.codes(rows))[places]
            near[found] = np.einsum('nd,nd->n', queries, stored)
        change = np.abs(near[found] - ranking.similarities[found])
        order = np.lexsort((ranking.rows, -near), axis=1)
        matches = Matches(
            np.take_along_axis(ranking.rows, order, axis=1),
            # Lengths of float16 embeddings are rounded: 1.0001 is 1.
            _cosines(np.take_along_axis(near, order, axis=1)),
            num_searched,
        )
        return matches, float(change.max(initial=0))

    def _mask(self, filters: Filters, columns: Columns) -> np.ndarray:
        return keep_mask(
            filters,
            columns,
            self._store.names('sources'),
            self._store.names('cameras'),
        )

    def _everybody(self) -> Resident:
        """Persons of an exact search, read at the first one."""
        if self.index is None:
            return self._later
        if self._every is None:
            # The database does not hold the removed persons: none to leave
            # out at first.
            self._every = Resident(self._store, 0)
            self._every.refresh(np.empty(0, dtype=np.int64))
        return self._every

    def _follow_index(self) -> None:
        """Load the index if it is another one than before."""
        described = self._store.meta('index')
        if described == self._described:
            return
        self._described = described
        self.index, self.note = None, ''
        if described:
            try:
                # Only here is FAISS needed.
                from .index import Index

                state = IndexState.from_json(described)
                self.index = Index(
                    self._store.folder / state.folder, state, self._store.model
                )
            except (
                *(ImportError, OSError, RuntimeError, ValueError),
                MemoryError,
            ) as error:
                self.note = f'the index is not used: {error}'
        self._read_anew()

    def _drop_index(self, reason: str) -> None:
        self.index = None
        self.note = f'the index is not used: {reason}'
        self._read_anew()
        self._generation = -1

    def _read_anew(self) -> None:
        """Let go of all persons that are held in memory."""
        after = 0 if self.index is None else self.index.state.last_row
        self._later, self._every = Resident(self._store, after), None


def _cosines(similarities: np.ndarray) -> np.ndarray:
    """Clip similarities into [-1, 1]; -inf stays."""
    clipped = np.clip(similarities, -1, 1)
    return np.where(similarities == -np.inf, similarities, clipped)
