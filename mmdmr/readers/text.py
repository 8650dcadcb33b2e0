"""Texts, in UTF-8 whatever the locale says."""

from pathlib import Path

#: Bytes that tell a text from anything else.
_BEGINNING = 64


def read_text(path: Path) -> str:
    """Read a text in UTF-8, with or without byte-order mark.

    Args:
        path (Path): The file.

    Returns:
        str: Its content.

    Raises:
        ValueError: It is in another encoding.
    """
    try:
        return path.read_text(encoding='utf-8-sig')
    except UnicodeDecodeError as error:
        raise ValueError(
            f'{path}: is not a text in UTF-8 ({error}); save it as one'
        ) from error


def beginning_of_text(path: str | Path) -> str | None:
    """Read how a file begins that is a text and should be none, as a page
    that says why a download failed, or a note of Git LFS.

    Args:
        path (str | Path): The file.

    Returns:
        str | None: Its first characters; None where it is no text.
    """
    with open(path, 'rb') as file:
        start = file.read(_BEGINNING)
    try:
        text = ' '.join(start.decode('ascii').split())
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() and text else None
