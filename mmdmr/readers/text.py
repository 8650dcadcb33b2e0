"""Text files, in UTF-8 whatever the locale says."""

from pathlib import Path

from mmdmr.errors import InputError

#: Number of bytes by which a text is recognised.
_BEGINNING = 64


def read_text(path: Path) -> str:
    """Read a text in UTF-8, with or without byte-order mark.

    Args:
        path (Path): The file.

    Returns:
        str: Content of the file.

    Raises:
        InputError: The file is in another encoding.
    """
    try:
        return path.read_text(encoding='utf-8-sig')
    except UnicodeDecodeError as error:
        raise InputError(
            f'{path}: is not a text in UTF-8 ({error}); save it in UTF-8'
        ) from error


def beginning_of_text(path: str | Path) -> str | None:
    """Read the beginning of a file that should be no text but is a text.

    Such a text is a page that says why a download failed, or a note of Git
    LFS.

    Args:
        path (str | Path): The file.

    Returns:
        str | None: First characters, None if the file is no text.
    """
    with open(path, 'rb') as file:
        start = file.read(_BEGINNING)
    try:
        text = ' '.join(start.decode('ascii').split())
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() and text else None
