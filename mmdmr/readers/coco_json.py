"""Loading a COCO-style file: one JSON object with lists of objects."""

import gzip
import json
import lzma
import zlib
from pathlib import Path
from typing import Any

from mmdmr.errors import InputError
from mmdmr.unpacking import read_unpacked

_OPENERS = {'.gz': gzip.open, '.xz': lzma.open}


def load_json(path: Path) -> dict[str, Any]:
    """Load an annotation file, in UTF-8 whatever the locale says.

    Args:
        path (Path): ``.json``, ``.json.gz`` or ``.json.xz``; with or without
            byte-order mark.

    Returns:
        dict: Content of the file.

    Raises:
        InputError: The file is not readable, or no JSON object.
    """
    try:
        opener: Any = _OPENERS.get(path.suffix, open)
        with opener(path, 'rb') as file:
            content = json.loads(read_unpacked(file, path))
    except InputError:
        raise
    except (
        OSError,
        EOFError,
        lzma.LZMAError,
        zlib.error,
        ValueError,  # of the encoding, or of JSON
        RecursionError,
    ) as error:
        raise InputError(
            f'{path}: not a readable JSON file ({error})'
        ) from error
    if not isinstance(content, dict):
        raise InputError(
            f'{path}: must be one object with "images" and '
            f'"annotations", not a {type(content).__name__}'
        )
    return content


def entries(
    path: Path, content: dict[str, Any], key: str
) -> list[dict[str, Any]]:
    """Get a list of a file.

    Args:
        path (Path): The file, for the message.
        content (dict): Content of the file.
        key (str): Name of the list.

    Returns:
        list[dict]: Entries of the list.

    Raises:
        InputError: The list is missing, or an item of it is no object.
    """
    listed = content.get(key)
    if not isinstance(listed, list) or not all(
        isinstance(entry, dict) for entry in listed
    ):
        raise InputError(
            f'{path}: must hold a list "{key}" of objects, '
            f'"{key}": [{{...}}, ...]'
        )
    return listed
