"""Texts, in UTF-8 whatever the locale says."""

from pathlib import Path


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
