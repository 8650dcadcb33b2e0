"""A check of all files of a gallery in a folder."""

import numpy as np

from mmdmr.errors import InputError

from .derived import VECTORS, IndexState, check_files, load_array
from .store import Store

#: Embeddings of a block while an index is compared with the database.
_BLOCK = 16_384


def find_problems(store: Store) -> list[str]:
    """Read all of a gallery and look for damage.

    Args:
        store (Store): The database.

    Returns:
        list[str]: What is wrong; empty if all is well.
    """
    try:
        found = store.all('PRAGMA integrity_check')
        problems = [text for (text,) in found if text != 'ok']
        problems += _odd_tables(store)
        described = store.meta('index')
        if described and not problems:
            problems += _odd_index(store, described)
    except InputError as error:
        return [str(error)]
    return problems


def _odd_tables(store: Store) -> list[str]:
    problems = []
    for what, sql in (
        (
            'persons without an embedding',
            'persons WHERE row NOT IN (SELECT row FROM embeddings)',
        ),
        (
            'embeddings without a person',
            'embeddings WHERE row NOT IN (SELECT row FROM persons)',
        ),
        (
            'persons without a photograph',
            'persons WHERE frame NOT IN (SELECT id FROM frames)',
        ),
        (
            'photographs and frames without a file',
            'frames WHERE file NOT IN (SELECT id FROM files)',
        ),
        (
            'files without a source',
            'files WHERE source NOT IN (SELECT id FROM sources)',
        ),
        (
            'embeddings of another length',
            'embeddings WHERE length(value) != '
            f'{store.model.dim * store.dtype.itemsize}',
        ),
    ):
        (num,) = store.one(f'SELECT count(*) FROM {sql}')
        if num:
            problems.append(f'{num} {what}')
    return problems


def _odd_index(store: Store, described: str) -> list[str]:
    """Compare the index with its checksums and with the database."""
    try:
        state = IndexState.from_json(described)
        folder = store.folder / state.folder
        check_files(folder, state, thorough=True)
        vectors = load_array(folder / VECTORS)
        known = load_array(folder / 'rows.npy')
    except (OSError, ValueError) as error:
        return [f'index: {error}; build it again']
    for rows, codes in store.blocks(_BLOCK):
        inside = rows <= state.last_row
        places = np.searchsorted(known, rows[inside])
        places = np.minimum(places, len(known) - 1)
        same = np.array_equal(known[places], rows[inside])
        if not (same and np.array_equal(vectors[places], codes[inside])):
            return ['index: it differs from the database; build it again']
    return []
