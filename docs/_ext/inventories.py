"""Addresses of other libraries' documentation, in files that can be read.

Intersphinx takes the addresses from inventories, which are compressed and hold
tens of thousands of names. Here, an inventory is a text with the names that
our pages use, and the build works without a network. A line is a line of the
format of Sphinx before compression: name, kind, priority, page, title.

``python docs/_ext/inventories.py`` compares the texts with the libraries'
present inventories, and rewrites the lines that have changed. It needs a
network.
"""

import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from urllib.request import urlopen

FOLDER = Path(__file__).parents[1] / 'inventories'
#: Addresses of the documentation by the names of the texts.
SITES = {
    'python': 'https://docs.python.org/3/',
    'numpy': 'https://numpy.org/doc/stable/',
    'torch': 'https://docs.pytorch.org/docs/stable/',
    'pillow': 'https://pillow.readthedocs.io/en/stable/',
    'mmengine': 'https://mmengine.readthedocs.io/en/latest/',
    'mmcv': 'https://mmcv.readthedocs.io/en/latest/',
    'mmdetection': 'https://mmdetection.readthedocs.io/en/latest/',
}


def read_lines(path: Path) -> dict[str, str]:
    """Read a text.

    Args:
        path (Path): The text.

    Returns:
        dict[str, str]: Lines by name.
    """
    return _by_name(path.read_text(encoding='utf-8'))


def _by_name(text: str) -> dict[str, str]:
    lines = (line for line in text.splitlines() if ' py:' in line)
    return {line.split()[0]: line for line in lines}


def pack(name: str, lines: Mapping[str, str]) -> bytes:
    """Make an inventory as Sphinx reads it.

    Args:
        name (str): The library.
        lines (Mapping[str, str]): Lines of :func:`read_lines`.

    Returns:
        bytes: Content of the inventory.
    """
    head = (
        '# Sphinx inventory version 2\n'
        f'# Project: {name}\n# Version:\n'
        '# The remainder of this file is compressed using zlib.\n'
    )
    body = '\n'.join(lines.values()) + '\n'
    return head.encode() + zlib.compress(body.encode())


def unpack(content: bytes) -> dict[str, str]:
    """Read an inventory of Sphinx.

    Args:
        content (bytes): Content of the file ``objects.inv``.

    Returns:
        dict[str, str]: Lines as of :func:`read_lines`.

    Example:
        >>> lines = {'int': 'int py:class 1 functions.html#$ -'}
        >>> unpack(pack('python', lines)) == lines
        True
    """
    body = content.split(b'\n', 4)[4]
    return _by_name(zlib.decompress(body).decode('utf-8'))


def pack_all(folder: Path) -> dict[str, tuple[str, str]]:
    """Write the inventories of all texts.

    Args:
        folder (Path): Folder for the inventories.

    Returns:
        dict[str, tuple[str, str]]: Value of ``intersphinx_mapping``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mapping = {}
    for name, site in SITES.items():
        path = folder / f'{name}.inv'
        path.write_bytes(pack(name, read_lines(FOLDER / f'{name}.txt')))
        mapping[name] = (site, str(path))
    return mapping


def refresh(path: Path, present: Mapping[str, str]) -> list[str]:
    """Rewrite the lines of a text that have changed.

    Args:
        path (Path): The text.
        present (Mapping[str, str]): Lines of the library's own inventory.

    Returns:
        list[str]: Names that the library documents no longer. Their lines
        stay.
    """
    lines = read_lines(path)
    new = [present.get(name, line) for name, line in lines.items()]
    path.write_text('\n'.join(new) + '\n', encoding='utf-8')
    return [name for name in lines if name not in present]


def main() -> int:
    """Refresh all texts.

    Returns:
        int: 1 if a name is gone, else 0.
    """
    gone = 0
    for name, site in SITES.items():
        with urlopen(f'{site}objects.inv', timeout=60) as answer:  # noqa: S310
            missing = refresh(FOLDER / f'{name}.txt', unpack(answer.read()))
        gone += len(missing)
        print(f'{name}:', ', '.join(missing) or 'all names are there')
    return int(gone > 0)


if __name__ == '__main__':
    sys.exit(main())
