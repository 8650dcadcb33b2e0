"""Building the index: one walk over the database, then a measurement."""

import shutil
import time
import uuid
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmdmr.errors import InputError

from .codes import Codes
from .derived import (
    CODES,
    VECTORS,
    IndexState,
    describe_file,
    flush,
    save_columns,
)
from .exact import Block, rank_blocks
from .filters import Columns
from .ranking import Ranking, merge
from .resident import DIFFER
from .store import Store
from .vectors import decode, similarities

#: Beginning of the name of an index folder.
PREFIX = 'index-'
#: Embeddings that the codes are learnt from, at most.
_TRAINING = 20_000
#: Stored persons that are searched for to measure the recall, at most.
_QUERIES = 128
#: Numbers of most similar persons that candidates are chosen for.
_SIZES = (10, 20, 50, 100)
#: Candidates of a search, at most.
_MOST_CANDIDATES = 4096
#: Embeddings of a block while the files are written.
_BLOCK = 16_384
#: Similarities closer than this count as equal.
_TIE = 1e-5


class _Walk(NamedTuple):
    """What a walk over all embeddings gives.

    Args:
        columns (Columns): The n persons.
        codes (Codes): Their codes.
        vectors (np.ndarray): (n, D) stored embeddings.
        queries (np.ndarray): (q,) positions of the sample.
        nearest (Ranking): (q, k) most similar persons of the sample.
    """

    columns: Columns
    codes: Codes
    vectors: np.ndarray
    queries: np.ndarray
    nearest: Ranking


def build(store: Store, recall: float, seed: int) -> IndexState:
    """Build an index of all persons and put it in the place of the old one.

    Args:
        store (Store): Gallery that is open for writing, with 128 persons
            or more.
        recall (float): Share of the most similar persons to find, at least.
        seed (int): Seed of the sample.

    Returns:
        IndexState: Description with the measured recall.

    Raises:
        InputError: The recall is not reached with any number of candidates.
        OSError: The files cannot be written.
    """
    started = time.monotonic()
    # Before the new one, too: it needs the room.
    _remove_others(store)
    folder = store.folder / f'{PREFIX}{uuid.uuid4().hex[:12]}'
    folder.mkdir()
    try:
        walk = _write_files(store, folder, seed)
        candidates, recalls = _choose_candidates(walk, recall)
        if recalls[_SIZES[0]] < recall:
            raise InputError(
                f'{store.folder}: an index would find '
                f'{recalls[_SIZES[0]]:.1%} of the most similar persons, less '
                f'than {recall:.1%}; search stays exact'
            )
        state = IndexState(
            folder.name,
            num_rows=len(walk.columns.rows),
            last_row=int(walk.columns.rows[-1]),
            candidates=candidates,
            recalls=recalls,
            files=_describe(folder),
            seconds=time.monotonic() - started,
        )
        with store.writing() as db:
            db.execute(
                "UPDATE meta SET value = ? WHERE key = 'index'",
                (state.to_json(),),
            )
            # The new index does not hold the removed persons.
            db.execute('DELETE FROM removed')
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _remove_others(store)
    return state


def _write_files(store: Store, folder: Path, seed: int) -> _Walk:
    columns = store.columns(0)
    num = len(columns.rows)
    # Columns are those of persons with a photograph and a file.
    if (num,) != store.one('SELECT count(*) FROM persons'):
        raise store.damage('it has persons without a photograph')
    rng = np.random.default_rng(seed)
    sample = np.sort(rng.choice(num, min(num, _TRAINING), replace=False))
    codes = Codes.train(decode(store.codes(columns.rows[sample])))
    queries = np.sort(rng.choice(num, min(num, _QUERIES), replace=False))
    feats = decode(store.codes(columns.rows[queries]))
    # A person finds itself first: one more is looked for.
    size = _SIZES[-1] + 1
    nearest = Ranking.empty(len(queries), size)
    vectors = np.lib.format.open_memmap(
        folder / VECTORS, 'w+', store.dtype, (num, store.model.dim)
    )
    start = 0
    for rows, stored in store.blocks(_BLOCK):
        part = slice(start, start + len(rows))
        if not np.array_equal(rows, columns.rows[part]):
            raise store.damage(DIFFER)
        vectors[part] = stored
        decoded = decode(stored)
        codes.add(decoded)
        block = Block(rows, columns.sightings[part], decoded)
        best = rank_blocks(feats, [block], size, grouped=False)
        nearest = merge(nearest, best, size, grouped=False)
        start = part.stop
    if start < num:
        raise store.damage(DIFFER)
    vectors.flush()
    codes.save(folder / CODES)
    save_columns(folder, columns)
    return _Walk(columns, codes, vectors, queries, nearest)


def _choose_candidates(
    walk: _Walk, recall: float
) -> tuple[dict[int, int], dict[int, float]]:
    """Least numbers of candidates for the recall, and the recalls."""
    most = min(_MOST_CANDIDATES, len(walk.columns.rows))
    feats = decode(walk.vectors[walk.queries])
    found = walk.codes.scan(feats, most)
    known = walk.columns.rows[walk.queries, None]
    nearness = np.stack(
        [
            similarities(feat[None], walk.vectors[places])[0]
            for feat, places in zip(feats, found)
        ]
    )
    # The query itself is no find.
    nearness[found == walk.queries[:, None]] = -np.inf
    others = np.where(
        walk.nearest.rows == known, -np.inf, walk.nearest.similarities
    )
    others = -np.sort(-others, axis=1)
    # Half of what may be missed is left for queries that differ from the
    # sample.
    goal = (1 + recall) / 2
    chosen: dict[int, int] = {}
    reached: dict[int, float] = {}
    for size in _SIZES:
        wanted = min(size, len(walk.columns.rows) - 1)
        near = nearness >= others[:, wanted - 1 : wanted] - _TIE
        shares = np.minimum(near.cumsum(axis=1), wanted).mean(axis=0) / wanted
        num = 4 * size
        while num < most and shares[num - 1] < goal:
            num *= 2
        chosen[size] = min(num, most)
        reached[size] = float(shares[chosen[size] - 1])
    return chosen, reached


def _describe(folder: Path) -> dict[str, tuple[int, int]]:
    files = {}
    for path in sorted(folder.iterdir()):
        flush(path)
        files[path.name] = describe_file(path)
    return files


def _remove_others(store: Store) -> None:
    """Remove older indexes, and drafts that a killed process left."""
    described = str(store.meta('index'))
    for folder in store.folder.glob(f'{PREFIX}*'):
        if folder.name not in described:
            # Where a reader keeps a file open, the next build removes it.
            shutil.rmtree(folder, ignore_errors=True)
