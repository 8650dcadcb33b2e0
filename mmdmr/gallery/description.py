"""Description of a gallery, and a check of all its files."""

from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from mmdmr.errors import InputError

from .database import DATABASE, FORMAT
from .derived import VECTORS, IndexState, check_files, load_array
from .gallery import Gallery
from .store import Store

#: Embeddings of a block while an index is compared with the database.
_BLOCK = 16_384


def describe(gallery: Gallery) -> dict[str, Any]:
    """Describe a gallery.

    Args:
        gallery (Gallery): The gallery.

    Returns:
        dict[str, Any]: Model, counts, names, time span, all bad files,
        state of the index and sizes, as JSON takes them.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from mmdmr.structures import ModelInfo
        >>> folder = Path(tempfile.mkdtemp(), 'my.gallery')
        >>> with Gallery.create(folder, ModelInfo('toy', 'ab', 2)) as gallery:
        ...     describe(gallery)['persons']
        0
    """
    bad = gallery.bad_files()
    status = gallery.index_status()
    files = [x for x in gallery.path.glob(f'{DATABASE}*') if x.is_file()]
    return dict(
        path=str(gallery.path),
        model=vars(gallery.model),
        format=FORMAT,
        stored=gallery.stored,
        persons=len(gallery),
        files=gallery.num_files,
        frames=gallery.num_frames,
        sources={name: gallery.roots[name] for name in gallery.sources()},
        cameras=gallery.cameras(),
        time_span=gallery.time_span(),
        num_bad_files=len(bad),
        bad_files=[list(row) for row in bad],
        index=dict(
            persons=status.built.num_rows if status.built else 0,
            recall=status.built.recall if status.built else None,
            later_persons=status.num_later,
            removed_persons=status.num_removed,
            note=status.note,
        ),
        bytes=dict(
            database=sum(file.stat().st_size for file in files),
            index=status.built.num_bytes if status.built else 0,
        ),
    )


def verify(path: str | Path) -> list[str]:
    """Read all of a gallery and look for damage.

    Args:
        path (str | Path): Folder of the gallery.

    Returns:
        list[str]: What is wrong; empty if all is well.

    Raises:
        FileNotFoundError: The folder is missing.
        InputError: The folder is no gallery, or cannot be opened.
    """
    with closing(Store(Path(path))) as store:
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
        same = np.array_equal(known[places], rows[inside])
        if not (same and np.array_equal(vectors[places], codes[inside])):
            return ['index: it differs from the database; build it again']
    return []
