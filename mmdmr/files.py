"""Find the package's own files, and write files completely or not at all."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def project_root() -> Path:
    """Return the folder that holds ``configs/``.

    Returns:
        Path: ``mmdmr/.mim`` of an installed package, otherwise the source
        tree.

    Example:
        >>> (project_root() / 'configs' / '_base_').is_dir()
        True
    """
    package = Path(__file__).resolve().parent
    mim = package / '.mim'
    return mim if mim.is_dir() else package.parent


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Write a file completely or not at all.

    The content is on the disk before the file has its name: a program or a
    machine may stop at any moment, and the file is the old one or the new one.

    Args:
        path (Path): The file. Its folder is made if need be.

    Yields:
        Path: Draft in the same folder, ``NAME.part``. The draft is renamed to
        ``path`` at the end, and deleted if an error is raised.

    Raises:
        IsADirectoryError: The path is a folder.
        OSError: The folder cannot be made, the disk is full, or the draft
            cannot be renamed. The error names the file.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), 'runs', 'scores.json')
        >>> with atomic_path(path) as draft:
        ...     _ = draft.write_text('{}')
        >>> path.read_text()
        '{}'
    """
    if path.is_dir():
        raise IsADirectoryError(f'{path} is a folder; name a file')
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f'{path.name}.part')
    try:
        yield draft
        _sync(draft)
        draft.replace(path)
    except OSError as error:
        # An error of writing, such as that of a full disk, names no file.
        if error.errno is not None and error.filename is None:
            error.filename = str(path)
        raise
    finally:
        draft.unlink(missing_ok=True)
    if os.name == 'posix':  # Windows cannot sync a folder
        _sync(path.parent)


def _sync(path: Path) -> None:
    """Wait until the disk holds a file, or the names in a folder."""
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_json(path: Path, content: Any) -> None:
    """Write content as JSON, completely or not at all.

    Args:
        path (Path): The file. Its folder is made if need be.
        content (Any): Dicts, lists, strings and numbers.

    Raises:
        OSError: The file cannot be written.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), 'figures.json')
        >>> write_json(path, dict(seconds=1.5))
        >>> json.loads(path.read_text())
        {'seconds': 1.5}
    """
    with atomic_path(path) as draft:
        draft.write_text(json.dumps(content, indent=2), 'utf-8')


def check_new(path: Path) -> None:
    """Check that nothing has the name of a new file or folder.

    Args:
        path (Path): File or folder that is about to be written.

    Raises:
        FileExistsError: A file, a folder or a broken link has the name.
    """
    if path.exists() or path.is_symlink():
        raise FileExistsError(
            f'{path} exists already; remove it or write elsewhere'
        )


def check_target(path: Path, kind: str) -> None:
    """Check that a file can be written, before its content is computed.

    The folder of the file is made if need be.

    Args:
        path (Path): The file. An existing file of the same kind may be
            overwritten.
        kind (str): Suffix of the kind, such as ``.json``.

    Raises:
        IsADirectoryError: The path is a folder.
        FileExistsError: The path is a file of another kind, such as a config
            or a checkpoint that was named by mistake.
        OSError: The folder cannot be made.
    """
    if path.is_dir():
        raise IsADirectoryError(f'{path} is a folder; name a {kind} file')
    if path.exists() and path.suffix != kind:
        raise FileExistsError(
            f'{path} exists already, but is no {kind} file; name another file'
        )
    path.parent.mkdir(parents=True, exist_ok=True)
