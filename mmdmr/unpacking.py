"""Sizes of packed files, known before the files fill the memory.

A zip bomb is a file of a few kilobytes that unpacks into gigabytes. Weights,
embeddings and boxes hardly shrink when they are packed, text shrinks to a
tenth: no file that this package reads comes near the limit.
"""

from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

from mmdmr.errors import InputError

#: Bytes that any file may unpack into: an empty table may shrink a lot.
_HARMLESS = 256 * 2**20
#: Times its own size that a file may unpack into.
_MOST_TIMES = 100


def most_unpacked(path: str | Path) -> int:
    """Tell how much a packed file may hold.

    Args:
        path (str | Path): The file.

    Returns:
        int: Bytes: 256 MiB, or 100 times the size of the file if that is
        more.

    Raises:
        OSError: The file is missing.

    Example:
        >>> most_unpacked(__file__) == 256 * 2**20
        True
    """
    return max(_HARMLESS, _MOST_TIMES * Path(path).stat().st_size)


def check_zip(path: str | Path) -> None:
    """Check how much a zip file says that it holds; nothing is unpacked.

    Args:
        path (str | Path): A ``.npz`` file, a checkpoint, or a file of any
            other kind, which is left to its reader.

    Raises:
        InputError: The file would unpack into more than
            :func:`most_unpacked`.
        OSError: The file cannot be read.

    Example:
        >>> check_zip(__file__)  # no zip file
    """
    try:
        with ZipFile(path) as file:
            held = sum(entry.file_size for entry in file.infolist())
    except (BadZipFile, NotImplementedError, ValueError):
        return
    if held > most_unpacked(path):
        raise _bomb(path, f'{held / 1e9:.1f} GB')


def read_unpacked(file: IO[bytes], path: str | Path) -> bytes:
    """Read an unpacking file to its end, but not for ever.

    Args:
        file (IO[bytes]): The file, opened by its packer.
        path (str | Path): The packed file.

    Returns:
        bytes: All that it holds.

    Raises:
        InputError: The file unpacks into more than :func:`most_unpacked`.
    """
    content = file.read(most_unpacked(path) + 1)
    check_growth(path, len(content))
    return content


def check_growth(path: str | Path, unpacked: int) -> None:
    """Check how much of a file was unpacked so far.

    Args:
        path (str | Path): The packed file.
        unpacked (int): Bytes.

    Raises:
        InputError: They are more than :func:`most_unpacked`.

    Example:
        >>> check_growth(__file__, 10**6)
    """
    limit = most_unpacked(path)
    if unpacked > limit:
        raise _bomb(path, f'more than {limit / 1e9:.1f} GB')


def _bomb(path: str | Path, held: str) -> InputError:
    return InputError(
        f'{path} is not unpacked: its {Path(path).stat().st_size / 1e6:.1f} '
        f'MB would become {held}, as in a file that is made to fill the '
        'memory; get the file from where it was made'
    )
