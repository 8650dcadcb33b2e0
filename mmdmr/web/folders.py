"""Folders that may be indexed from the page."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from mmdmr.errors import InputError, printable

#: Folders that are offered, and levels below a root.
_MOST, _DEPTH = 500, 3


def check_roots(folders: Iterable[str | Path]) -> list[Path]:
    """Check the folders that the command line allows.

    Args:
        folders (Iterable[str | Path]): Folders.

    Returns:
        list[Path]: The folders, absolute.

    Raises:
        InputError: A folder is missing or no folder.
    """
    roots = [Path(folder).resolve() for folder in folders]
    for root in roots:
        if not root.is_dir():
            raise InputError(f'--photos {printable(root)}: no such folder')
    return roots


def list_folders(roots: Sequence[Path]) -> dict[str, Path]:
    """List the folders that may be indexed.

    A request names a folder by its label. So no request reaches a folder that
    is not listed, whatever it says.

    Args:
        roots (Sequence[Path]): Folders that the command line allows,
            absolute.

    Returns:
        dict[str, Path]: The roots and the folders below them, three levels
        deep, by label. Links and hidden folders are left out.

    Example:
        >>> import tempfile
        >>> root = Path(tempfile.mkdtemp()).resolve() / 'photos'
        >>> (root / 'beach').mkdir(parents=True)
        >>> [name.removeprefix(f'{root}') for name in list_folders([root])]
        ['', '/beach']
    """
    found: dict[str, Path] = {}
    for root in roots:
        for path in _walk(root, _DEPTH):
            if len(found) == _MOST:
                return found
            found[printable(path)] = path
    return found


def _walk(folder: Path, depth: int) -> Iterable[Path]:
    """A folder and those below it, by name."""
    yield folder
    if not depth:
        return
    try:
        with os.scandir(folder) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if entry.is_dir(follow_symlinks=False)
                and not entry.name.startswith('.')
            )
    except OSError:
        # A folder that may not be read has no folders to offer.
        return
    for name in names:
        yield from _walk(folder / name, depth - 1)
