"""A look into a folder of Qdrant's embedded mode before Qdrant loads it.

The embedded mode keeps points as pickles, which may run any code when they
are loaded. So nothing is loaded before each pickle names Qdrant's type of a
point and nothing else.
"""

import io
import json
import pickle
import sqlite3
from collections.abc import Set
from contextlib import closing
from pathlib import Path
from typing import Any

from mmdmr.errors import InputError

#: The only type that a stored point needs.
_POINT = ('qdrant_client.http.models.models', 'PointStruct')


class _Sifter(pickle.Unpickler):
    """Loads plain values only; the type of a point becomes a stand-in."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) != _POINT:
            raise pickle.UnpicklingError(f'it names {module}.{name}')
        return _StandIn


class _StandIn:
    """Takes the place of a point, and of what it would do when loaded."""

    def __setstate__(self, state: Any) -> None:
        """Leave the values out."""


def check_folder(folder: Path, collections: Set[str]) -> None:
    """Check that a folder of the embedded mode can be loaded safely.

    Args:
        folder (Path): Folder that may be missing.
        collections (Set[str]): Collections that a gallery has.

    Raises:
        InputError: The folder holds something else, is damaged, or could run
            code.
        OSError: The folder cannot be read.
    """
    meta = folder / 'meta.json'
    if not meta.exists():
        others = sorted(folder.iterdir()) if folder.exists() else []
        if others:
            raise InputError(
                f'{folder} holds other files, such as {others[0].name}; a '
                'gallery needs a folder of its own'
            )
        return
    try:
        named = set(json.loads(meta.read_text('utf-8'))['collections'])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f'{meta}: not the description of a folder of Qdrant: {error}'
        ) from None
    if not named <= collections:
        raise InputError(
            f'{folder} has a collection {min(named - collections)!r}, which '
            'is not that of a gallery; name a folder of its own'
        )
    for name in sorted(named):
        _check_points(folder / 'collection' / name / 'storage.sqlite')


def _check_points(path: Path) -> None:
    if not path.exists():
        return
    try:
        with closing(
            sqlite3.connect(f'{path.absolute().as_uri()}?mode=ro', uri=True)
        ) as db:
            for (value,) in db.execute('SELECT point FROM points'):
                _Sifter(io.BytesIO(value)).load()
    except (
        sqlite3.Error,
        pickle.UnpicklingError,
        EOFError,
        IndexError,
        TypeError,
        ValueError,
        AttributeError,
        KeyError,
    ) as error:
        raise InputError(
            f'{path}: damaged, or not written by Qdrant: {error}; it is not '
            'loaded. Restore a copy, or index the pictures again'
        ) from None
