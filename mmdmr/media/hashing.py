"""Digest of a file's content."""

import hashlib
from pathlib import Path

from .opening import open_file

_BLOCK = 1 << 20


def content_hash(path: str | Path) -> str:
    """Compute the BLAKE2b digest of the bytes of a file.

    Args:
        path (str | Path): A regular file.

    Returns:
        str: 64 hexadecimal digits (256 bits).

    Raises:
        BadMedia: The file cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), 'a.txt')
        >>> _ = path.write_text('abc')
        >>> content_hash(path)[:16]
        'bddd813c63423972'
    """
    digest = hashlib.blake2b(digest_size=32)
    with open_file(path) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
