"""Image files that cannot be read, of each kind."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

#: Suffix of the file, and what an error says about it.
BAD = {
    'missing': ('jpg', 'No such file'),
    'empty': ('jpg', 'the file is empty'),
    'truncated': ('jpg', r'the image is damaged or truncated \('),
    'cut short, then zeros': ('jpg', r'the image is damaged or truncated \('),
    'truncated PNG': ('png', r'the image is damaged or truncated \('),
    'text': ('jpg', 'this is no image'),
    'folder': ('jpg', 'this is no regular file'),
    'huge': ('png', '[0-9]+ x [0-9]+ pixels are more than the limit'),
    'floating point': ('tif', 'pixels are floating-point numbers'),
}


def write_bad(folder, kind, stem='bad'):
    """Write a file that cannot be read.

    Args:
        folder (Path): Folder of the file.
        kind (str): One of :data:`BAD`.
        stem (str): Name of the file without suffix.

    Returns:
        str: Name of the file, in any case one that did not exist.
    """
    suffix = BAD[kind][0]
    path = folder / f'{stem}.{suffix}'
    assert not path.exists()
    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    if kind == 'folder':
        path.mkdir()
    elif kind == 'floating point':
        Image.new('F', (80, 60), 0.5).save(path)
    elif kind != 'missing':
        file = io.BytesIO()
        Image.fromarray(noise).save(file, 'JPEG' if suffix == 'jpg' else 'PNG')
        whole = file.getvalue()
        half = whole[: len(whole) // 2]
        path.write_bytes(
            {
                'empty': b'',
                'text': b'404 not found',
                'huge': png_of_size(9500, 9500),
                'cut short, then zeros': half.ljust(len(whole), b'\0'),
            }.get(kind, half)
        )
    return path.name


def png_of_size(width, height):
    """PNG of a few bytes that claims to be large."""

    def chunk(kind, content):
        check = zlib.crc32(kind + content)
        return (
            struct.pack('>I', len(content))
            + kind
            + content
            + struct.pack('>I', check)
        )

    header = struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)
    return (
        b'\x89PNG\r\n\x1a\n'
        + chunk(b'IHDR', header)
        + chunk(b'IDAT', zlib.compress(bytes(1000)))
        + chunk(b'IEND', b'')
    )
