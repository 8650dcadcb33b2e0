"""Exact search in blocks, the reference of every faster search."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from .filters import Columns
from .ranking import Ranking, merge, rank_block
from .vectors import similarities

#: Entries of a block of similarities, at most.
_BLOCK_ENTRIES = 2**22


class Block(NamedTuple):
    """Some persons with their embeddings.

    Args:
        rows (np.ndarray): (n,) int64 numbers, rising.
        sightings (np.ndarray): (n,) int64 sightings.
        codes (np.ndarray): (n, D) stored or decoded embeddings.
    """

    rows: np.ndarray
    sightings: np.ndarray
    codes: np.ndarray


def block_size(num_queries: int, dim: int) -> int:
    """Number of persons of a block, so that the block fits into the cache.

    Args:
        num_queries (int): Number of queries.
        dim (int): Length of an embedding.

    Returns:
        int: Number of persons, at least 256.
    """
    return max(_BLOCK_ENTRIES // max(num_queries, dim, 1), 256)


def rank_blocks(
    feats: np.ndarray, blocks: Iterable[Block], size: int, grouped: bool
) -> Ranking:
    """Rank the persons of all blocks: one product a block.

    Args:
        feats (np.ndarray): (q, D) float32 queries of unit length.
        blocks (Iterable[Block]): Persons, each in one block.
        size (int): Number of places k.
        grouped (bool): True to rank only the best person of a sighting.

    Returns:
        Ranking: (q, k) places.
    """
    ranking: Ranking | None = None
    for block in blocks:
        if not len(block.rows):
            continue
        best = rank_block(
            similarities(feats, block.codes),
            block.rows,
            block.sightings,
            size,
            grouped,
        )
        ranking = merge(ranking, best, size, grouped) if ranking else best
    return ranking or Ranking.empty(len(feats), size)


def kept_blocks(
    blocks: Iterable[tuple[np.ndarray, np.ndarray]],
    kept: Columns,
    damage: Exception,
) -> Iterator[Block]:
    """Leave out the persons that the filters leave out.

    Args:
        blocks (Iterable[tuple[np.ndarray, np.ndarray]]): Rising (n,) rows and
            (n, D) codes, block by block.
        kept (Columns): Persons that the filters keep, by rising row.
        damage (Exception): Error to raise if a kept person is missing.

    Yields:
        Block: Kept persons of each block.

    Raises:
        Exception: A kept person is in no block.
    """
    for rows, codes in blocks:
        first = np.searchsorted(kept.rows, rows[0])
        part = slice(first, np.searchsorted(kept.rows, rows[-1], 'right'))
        inside = np.searchsorted(rows, kept.rows[part])
        if not np.array_equal(rows[inside], kept.rows[part]):
            raise damage
        # A slice needs no copy where all persons of the block are kept.
        chosen = codes if len(inside) == len(rows) else codes[inside]
        yield Block(kept.rows[part], kept.sightings[part], chosen)
