"""Fast search of an index: candidates by their codes, compared exactly."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mmdmr.structures import ModelInfo

from .codes import Codes, fast_floats
from .derived import (
    CODES,
    VECTORS,
    IndexState,
    check_files,
    load_array,
    load_columns,
)
from .exact import Block, block_size, rank_blocks
from .ranking import Ranking, rank_block
from .vectors import similarities

#: Factor by which the candidates grow, at least, where too few are kept.
_GROWTH = 4


class Index:
    """Persons of a gallery at the time when the index was built.

    Args:
        folder (Path): Folder of the index.
        state (IndexState): Description of the files.
        model (ModelInfo): Model of the gallery.

    Attributes:
        state (IndexState): Description of the files.
        columns (Columns): What the filters look at, of n persons.

    Raises:
        ValueError: A file is damaged or of another gallery.
        RuntimeError: FAISS cannot read the codes.
        OSError: A file is missing.
    """

    def __init__(
        self, folder: Path, state: IndexState, model: ModelInfo
    ) -> None:
        if not folder.name == state.folder:
            raise ValueError(f'{state.folder} is no name of a folder')
        check_files(folder, state, thorough=False)
        self.state = state
        self.columns = load_columns(folder)
        self._vectors = load_array(folder / VECTORS)
        self._codes = Codes.load(folder / CODES)
        if self._vectors.shape[1:] != (model.dim,):
            raise ValueError(f'{folder} holds embeddings of another length')
        sizes = {len(column) for column in self.columns}
        sizes |= {len(self._vectors), len(self._codes)}
        if sizes != {state.num_rows}:
            raise ValueError(f'{folder} holds another number of persons')

    def rank(
        self,
        feats: np.ndarray,
        size: int,
        kept: np.ndarray | None,
        grouped: bool,
    ) -> Ranking:
        """Rank the most similar persons.

        Args:
            feats (np.ndarray): (q, D) float32 queries of unit length.
            size (int): Number of places k.
            kept (np.ndarray | None): (n,) bool, False for persons that are
                filtered out or removed; None: all are kept.
            grouped (bool): True to rank only the best person of a sighting.

        Returns:
            Ranking: (q, k) places. Similarities are those of the vectors.
        """
        total = self.state.num_rows
        num_kept = total if kept is None else int(np.count_nonzero(kept))
        # The k-th kept person is expected at this depth of the ranking of
        # all persons.
        num = self._num_scanned(-(-size * total // max(num_kept, 1)))
        if _reading_is_cheaper(num, num_kept):
            return self._rank_all(feats, size, kept, grouped)
        rankings = [
            self._rank_one(feats[i : i + 1], found, size, kept, grouped)
            for i, found in enumerate(self._codes.scan(feats, num))
        ]
        return Ranking(
            np.concatenate([ranking.rows for ranking in rankings]),
            np.concatenate([ranking.similarities for ranking in rankings]),
            np.concatenate([ranking.sightings for ranking in rankings]),
        )

    def _rank_one(
        self,
        feat: np.ndarray,
        found: np.ndarray,
        size: int,
        kept: np.ndarray | None,
        grouped: bool,
    ) -> Ranking:
        """Rank for one query, with more candidates until they suffice."""
        while True:
            # Neighbours on the disk are read together.
            found = np.sort(found)
            near = similarities(feat, fast_floats(self._vectors[found]))
            chosen = slice(None) if kept is None else kept[found]
            ranking = rank_block(
                near[:, chosen],
                self.columns.rows[found[chosen]],
                self.columns.sightings[found[chosen]],
                size,
                grouped,
            )
            # The last place is deep in the ranking of all persons if filters
            # left out many of the nearest, or if one sighting has many.
            last = ranking.similarities[0, -1]
            depth = int(np.count_nonzero(near >= last))
            num = self._num_scanned(depth)
            if last > -np.inf and num <= len(found):
                return ranking
            num = max(num, _GROWTH * len(found))
            num_kept = len(self._codes) if kept is None else kept.sum()
            if _reading_is_cheaper(num, num_kept):
                return self._rank_all(feat, size, kept, grouped)
            found = self._codes.scan(feat, num)[0]

    def _rank_all(
        self,
        feats: np.ndarray,
        size: int,
        kept: np.ndarray | None,
        grouped: bool,
    ) -> Ranking:
        """Rank all kept persons exactly."""
        if kept is None:
            kept = np.ones(self.state.num_rows, dtype=bool)
        blocks = self._blocks(kept.nonzero()[0], len(feats))
        return rank_blocks(feats, blocks, size, grouped)

    def _blocks(
        self, positions: np.ndarray, num_queries: int
    ) -> Iterator[Block]:
        step = block_size(num_queries, self._vectors.shape[1])
        for start in range(0, len(positions), step):
            part = positions[start : start + step]
            yield Block(
                self.columns.rows[part],
                self.columns.sightings[part],
                fast_floats(self._vectors[part]),
            )

    def _num_scanned(self, depth: int) -> int:
        """Candidates by code that hold the nearest ``depth`` persons."""
        return min(self.state.candidates_for(depth), self.state.num_rows)


def _reading_is_cheaper(num_scanned: int, num_kept: int) -> bool:
    """Whether all kept embeddings are read faster than candidates found.

    Candidates are read, too: most of the time of a search goes there.
    """
    return num_kept <= num_scanned
