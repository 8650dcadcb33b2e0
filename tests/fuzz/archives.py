"""Changes of NumPy's files: arrays, their headers, and archives of them."""

import io
import re
import warnings
import zipfile
import zlib

import numpy as np

from .values import VALUES

NAMES = tuple(VALUES)
_TYPES = ('<f2', '>f8', '<i1', '<u8', 'U5', 'S3', '<c16', '?', '<M8[s]', 'O')
#: Shapes that a header may claim.
_CLAIMS = (
    *('(1000000000,)', '(1000000000, 5)', '(4294967296, 4294967296)'),
    *('(-1,)', '()', '(0,)', '(2, 0)', '(1, 1, 1, 1)', '(1.5,)', "('a',)"),
    '(' * 60 + ')' * 60,
)


def members(data):
    """Content of an archive by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive(content, method=zipfile.ZIP_STORED):
    """An archive of some content."""
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        with zipfile.ZipFile(stream, 'w', method) as packed:
            for name, value in content.items():
                packed.writestr(zipfile.ZipInfo(name), value, method)
    return stream.getvalue()


def save(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def value(data, where, how):
    """Put another number or text into an array."""
    array = np.load(io.BytesIO(data))
    wanted = VALUES[NAMES[how % len(NAMES)]]
    if array.size:
        array = array.copy()
        array.flat[where % array.size] = wanted
    return save(array)


def kind(data, where, how):
    """Turn an array into one of another type."""
    array = np.load(io.BytesIO(data))
    with np.errstate(all='ignore'):
        return save(array.astype(_TYPES[how % len(_TYPES)]))


def shape(data, where, how):
    array = np.load(io.BytesIO(data))
    rows = np.atleast_1d(array)
    return save(
        (
            array.ravel(),
            array[None],
            array[..., None],
            array.T,
            rows[:0],
            rows[:-1],
            np.concatenate([rows, rows[:1]]),
            np.concatenate([rows, rows]),
            rows[::-1],
            rows[..., : rows.shape[-1] // 2],
        )[how % 10]
    )


def claim(data, where, how):
    """Claim another shape in the header."""
    text = _CLAIMS[how % len(_CLAIMS)].encode()
    return re.sub(
        rb"('shape': )\(.*?\)(?=,? *})", rb'\1' + text, data, count=1
    )


def header(data, where, how):
    """Put something else into the header."""
    place = 10 + where % 100
    piece = (b'[', b'{', b"'", b'\x00', b'O', b'\n', b'9' * 20, b'(')[how % 8]
    return data[:place] + piece + data[place + len(piece) :]


ARRAYS = dict(value=value, kind=kind, shape=shape, claim=claim, header=header)


def change_npy(data, change, where, how):
    """Apply a change to a file of one array."""
    return ARRAYS[change](data, where, how)


def change_member(data, change, where, how):
    """Apply a change to one of the arrays of an archive."""
    content = members(data)
    name = sorted(content)[where % len(content)]
    content[name] = change_npy(content[name], change, where // 16, how)
    method = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)[where % 2]
    return archive(content, method)


def key(data, where, how):
    """Leave an array out, rename it, or list it twice."""
    content = members(data)
    name = sorted(content)[where % len(content)]
    if how % 3 == 0:
        del content[name]
    elif how % 3 == 1:
        content['../../near/x.npy'] = content.pop(name)
    else:
        content[name.removesuffix('.npy')] = save(np.arange(3))
    return archive(content)


def bomb(data, where, how):
    """Gigabytes of zeros in place of an array, in a few megabytes."""
    content = members(data)
    name = sorted(content)[where % len(content)]
    head = save(np.zeros((0, 64), np.float32)).replace(
        b'(0, 64)', b'(%d, 64)' % (12 * 2**20)
    )
    size = 3 * 2**30
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    mega = packer.compress(b'\0' * 2**20) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = first + mega * (size >> 20) + packer.flush(zlib.Z_FINISH)
    content[name] = packed
    raw = bytearray(archive(content))
    # The member says that it is compressed, and how large it will be.
    for mark, method_at, sizes_at in (
        (b'PK\x03\x04', 8, 22),
        (b'PK\x01\x02', 10, 24),
    ):
        place = raw.index(name.encode()) - (30 if mark[2] == 3 else 46)
        if mark[2] == 1:
            place = raw.rindex(name.encode()) - 46
        raw[place + method_at : place + method_at + 2] = b'\x08\x00'
        total = (len(head) + size).to_bytes(4, 'little')
        raw[place + sizes_at : place + sizes_at + 4] = total
    return bytes(raw)
