"""Persons that a search holds in memory, kept up to date."""

from collections.abc import Iterator

import numpy as np

from .exact import Block, kept_blocks
from .filters import Columns, join_columns
from .store import Store
from .vectors import decode

#: Bytes of embeddings (float32) that are held, at most. More are read from
#: the database in each search.
MEMORY = 2**28
#: Damage of a database whose persons are not those of its embeddings.
DIFFER = 'its tables of persons and of embeddings differ'


class Resident:
    """Persons with numbers above a bound: columns, and embeddings if few.

    Args:
        store (Store): The database.
        after (int): Persons with greater numbers are held.

    Attributes:
        columns (Columns): What the filters look at.
    """

    def __init__(self, store: Store, after: int) -> None:
        self._store = store
        self._last = self._after = after
        self._feats: np.ndarray | None = np.empty(
            (0, store.model.dim), dtype=np.float32
        )
        self.columns = store.columns(2**62)

    def refresh(self, removed: np.ndarray) -> None:
        """Read what was added, and leave out what was removed.

        Args:
            removed (np.ndarray): Numbers of removed persons.
        """
        new = self._store.columns(self._last)
        feats = self._joined_feats(new.rows)
        columns = join_columns([self.columns, new])
        last = int(new.rows[-1]) if len(new.rows) else self._last
        gone = np.isin(columns.rows, removed)
        if gone.any():
            columns = columns.take(~gone)
            feats = feats if feats is None else feats[~gone]
        # All at once: Ctrl-C before leaves the old state.
        self.columns, self._feats, self._last = columns, feats, last

    def blocks(self, kept: Columns, size: int) -> Iterator[Block]:
        """Walk through embeddings.

        Args:
            kept (Columns): Persons that are wanted, a part of ``columns``.
            size (int): Number of embeddings of a block.

        Returns:
            Iterator[Block]: Wanted persons.
        """
        if self._feats is None:
            blocks = self._store.blocks(size, self._after)
        else:
            blocks = self._held_blocks(self._feats, size)
        return kept_blocks(blocks, kept, self._store.damage(DIFFER))

    def _held_blocks(
        self, feats: np.ndarray, size: int
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for start in range(0, len(feats), size):
            part = slice(start, start + size)
            yield self.columns.rows[part], feats[part]

    def _joined_feats(self, new: np.ndarray) -> np.ndarray | None:
        """Embeddings with those of new persons, unless there are too many."""
        width = 4 * self._store.model.dim
        if self._feats is None:
            return None
        if (len(self._feats) + len(new)) * width > MEMORY:
            return None
        blocks = list(self._store.blocks(2**13, self._last))
        rows = np.concatenate([new[:0], *(part for part, _ in blocks)])
        if not np.array_equal(rows, new):
            raise self._store.damage(DIFFER)
        if not blocks:
            return self._feats
        feats = decode(np.concatenate([codes for _, codes in blocks]))
        return np.concatenate([self._feats, feats])
