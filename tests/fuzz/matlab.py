"""Changes of MATLAB files: structs, cells, claims of their headers."""

import io
import struct
import tempfile
import zlib
from functools import cache
from pathlib import Path

import numpy as np
from scipy.io import loadmat, savemat

from mmdmr.readers.mat_elements import check_elements

from .values import OUTSIDE, VALUES

_TEXTS = [v for v in VALUES.values() if isinstance(v, str)]
#: Numbers that the header of a MATLAB file gives compressed data.
_COMPRESSED = 15


def _cell(*values):
    cell = np.empty((1, len(values)), dtype=object)
    cell[0, :] = values
    return cell


def _struct():
    record = np.empty((1, 1), dtype=[('a', object)])
    record['a'][0, 0] = 1
    return record


NUMBERS = (0, -1, 1, 0.5, np.nan, np.inf, -np.inf, 1e300, 2.0**53, -1e9, 999)
LEAVES = (
    lambda: np.empty((1, 0)),
    lambda: np.empty((0, 4)),
    lambda: np.array([[np.nan, 1, 2, 3]]),
    lambda: np.array([[np.inf, 1, 2, 3]]),
    lambda: np.array([[1e300, 1, 1e300, 3]]),
    lambda: np.array([[-5, -5, 3, 3]]),
    lambda: np.array([[1j, 2, 3, 4]]),
    lambda: np.array([[1, 2, 3]]),
    lambda: np.arange(5.0),
    lambda: np.zeros((2, 4)),
    lambda: np.zeros((2, 2, 2)),
    lambda: np.array([['ab'], ['cd']]),
    lambda: np.array([[True, False, True, True]]),
    lambda: np.array([[2**63 - 1, 1, 1, 1]], dtype=np.int64),
    lambda: np.array([[2**64 - 1, 1, 1, 1]], dtype=np.uint64),
    lambda: 7,
    lambda: 0.5,
    lambda: -1,
    lambda: _cell(),
    lambda: _cell('a'),
    lambda: _cell(_cell('a', 1)),
    _struct,
    *(lambda text=text: text for text in _TEXTS),
)


def _places(content):
    """Every place, as a function that reads it and one that writes it."""
    found = [(content, name) for name in content if not name.startswith('__')]
    open_ = [content[name] for _, name in found]
    while open_:
        node = open_.pop(0)
        if not isinstance(node, np.ndarray):
            continue
        for at in np.ndindex(node.shape):
            if node.dtype.names:
                inner = [(node[field], at) for field in node.dtype.names]
            elif node.dtype == object:
                inner = [(node, at)]
            else:
                break
            found += inner
            open_ += [array[place] for array, place in inner]
    return found


def leaf(content, where, how):
    found = _places(content)
    node, key = found[where % len(found)]
    node[key] = LEAVES[how % len(LEAVES)]()


def number(content, where, how):
    """Put another number into an array of numbers."""
    found = [
        (node, key)
        for node, key in _places(content)
        if isinstance(node[key], np.ndarray)
        and node[key].dtype.kind in 'iufb'
        and node[key].size
    ]
    node, key = found[where % len(found)]
    changed = node[key].astype(np.float64)
    place = where // len(found) % changed.size
    changed.flat[place] = NUMBERS[how % len(NUMBERS)]
    node[key] = changed


def leave(content, where, how):
    """Put a name that leads elsewhere in place of a text."""
    found = [
        (node, key)
        for node, key in _places(content)
        if isinstance(node[key], np.ndarray) and node[key].dtype.kind == 'U'
    ]
    node, key = found[where % len(found)]
    name = OUTSIDE[how % len(OUTSIDE)]
    # Names of frames begin with their camera.
    node[key] = f'c1/../{name}' if how // 8 % 2 else name


def _change_arrays(content, where, change):
    """Change one of the arrays with fields, or of the cells."""
    found = [
        (node, key)
        for node, key in _places(content)
        if isinstance(node[key], np.ndarray)
        and (node[key].dtype.names or node[key].dtype == object)
    ]
    if found:
        node, key = found[where % len(found)]
        node[key] = change(node[key])


def field(content, where, how):
    """Leave a field of a struct out, or give it another name."""

    def change(array):
        names = list(array.dtype.names or ())
        if not names:
            return array
        name = names[how % len(names)]
        kept = [n for n in names if n != name or how % 2]
        renamed = [f'{n}x' if n == name else n for n in kept]
        if not kept:
            return np.empty((1, 0))
        other = np.empty(array.shape, dtype=[(n, object) for n in renamed])
        for old, new in zip(kept, renamed):
            other[new] = array[old]
        return other

    _change_arrays(content, where, change)


def entries(content, where, how):
    """Leave entries out, or list them twice."""

    def change(array):
        flat = array.reshape(1, -1)
        size = flat.shape[1]
        chosen = (
            range(0),
            range(1),
            range(size - 1),
            [*range(size), 0],
            [*range(size), *range(size)],
            range(size)[::-1],
        )[how % 6]
        return flat[:, list(chosen)] if size else flat

    _change_arrays(content, where, change)


def variable(content, where, how):
    """Give the variable another name, or none."""
    names = [name for name in content if not name.startswith('__')]
    name = names[where % len(names)]
    value = content.pop(name)
    if how % 3:
        content['other' if how % 3 == 1 else name.lower()] = value


CHANGES = dict(
    leaf=leaf,
    number=number,
    leave=leave,
    field=field,
    entries=entries,
    variable=variable,
)


def change_mat(data, change, where, how):
    """Apply a change to the content of a MATLAB file."""
    # SciPy does not survive each damaged file.
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        check_elements(Path(file.name))
    content = loadmat(io.BytesIO(data))
    CHANGES[change](content, where, how)
    stream = io.BytesIO()
    savemat(stream, {k: v for k, v in content.items() if k[:2] != '__'})
    return stream.getvalue()


def compress(data, where, how):
    """Compress the variables, as MATLAB does."""
    parts, place = [data[:128]], 128
    while place + 8 <= len(data):
        kind, size = struct.unpack('<II', data[place : place + 8])
        end = place + 8 + size
        if kind != 14 or end > len(data):
            return data
        packed = zlib.compress(data[place:end])
        parts += [struct.pack('<II', _COMPRESSED, len(packed)), packed]
        place = end
    return b''.join(parts)


@cache
def _zeros():
    """A matrix of two gigabytes of zeros, compressed."""
    packer = zlib.compressobj(9)
    # A matrix of doubles in one row, with the name "Img".
    size = 2**31 - 2**20
    head = packer.compress(
        struct.pack('<II', 14, 56 + size)
        + struct.pack('<IIII', 6, 8, 6, 0)
        + struct.pack('<IIii', 5, 8, 1, size // 8)
        + struct.pack('<HH4s', 1, 3, b'Img\0')
        + struct.pack('<II', 9, size)
    ) + packer.flush(zlib.Z_FULL_FLUSH)
    mega = packer.compress(b'\0' * 2**20) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = head + mega * (size >> 20) + packer.flush(zlib.Z_FINISH)
    return struct.pack('<II', _COMPRESSED, len(packed)) + packed


def bomb(data, where, how):
    """Two gigabytes of zeros in a few megabytes."""
    return data[:128] + _zeros()
