"""A check of MATLAB files: elements of known types, within their bounds.

SciPy takes the types and counts in a file for right, and a wrong one may end
the whole process. A variable that is packed has a checksum. All other
elements, and those of small packed variables, are looked at one by one.
"""

import struct
import zlib
from pathlib import Path
from typing import BinaryIO, NamedTuple

from mmdmr.unpacking import check_growth

#: Bytes before the first variable of a file of MATLAB 5 to 7.
_HEADER = 128
_MATRIX, _PACKED = 14, 15
#: Types of numbers, and those of texts beside them.
_NUMBERS = frozenset([1, 2, 3, 4, 5, 6, 7, 9, 12, 13])
_TEXTS = _NUMBERS | {16, 17, 18}
#: Classes of arrays.
_CELL, _STRUCT, _OBJECT, _CHAR, _SPARSE, _LAST_NUMBERS = 1, 2, 3, 4, 5, 15
#: Flag of an array with imaginary parts.
_COMPLEX = 0x800
#: Arrays within arrays, at most: boxes lie five deep. Sides of an array.
_DEPTH = _SIDES = 32
#: Bytes of a packed variable whose elements are looked at.
_SMALL = 2**22
_BLOCK = 2**20


def check_elements(path: Path) -> None:
    """Check a file of MATLAB 5 to 7; other files pass.

    Args:
        path (Path): The file.

    Raises:
        InputError: The packed variables would fill the memory.
        ValueError: An element is of an unknown type, or cut short.
        OSError: The file cannot be read.
    """
    with path.open('rb') as file:
        header = file.read(_HEADER)
        # The version, 1, and a mark of the byte order.
        order = {b'\0\1IM': '<', b'\1\0MI': '>'}.get(header[-4:])
        if order is None or len(header) < _HEADER:
            return
        unpacked = 0
        while tag := file.read(8):
            if len(tag) < 8:
                raise ValueError('the file was cut short')
            kind, size = struct.unpack(f'{order}II', tag)
            if kind == _PACKED:
                content, unpacked = _unpack(path, file, size, unpacked)
            elif kind == _MATRIX:
                content = file.read(size)
                if len(content) < size:
                    raise ValueError('the file was cut short')
            else:
                raise ValueError(f'a variable is of the unknown type {kind}')
            if content is None:
                continue
            elements = _Elements(content, order)
            if kind == _PACKED:
                elements.matrix(elements.tag(0, len(content)), 0)
            else:
                elements.matrix(_Tag(_MATRIX, 0, size, size), 0)


def _unpack(
    path: Path, file: BinaryIO, size: int, before: int
) -> tuple[bytes | None, int]:
    """Unpack a variable; None for one that is large and sound.

    The second number counts the bytes of all variables so far.
    """
    unpacker, parts, num, left = zlib.decompressobj(), [], 0, size
    try:
        while left and not unpacker.eof:
            block = file.read(min(left, _BLOCK))
            if not block:
                raise ValueError('the file was cut short')
            left -= len(block)
            while block:
                part = unpacker.decompress(block, _BLOCK)
                block = unpacker.unconsumed_tail
                num += len(part)
                check_growth(path, before + num)
                if num <= _SMALL:
                    parts.append(part)
        if not unpacker.eof:
            raise ValueError('a variable was cut short')
    except zlib.error as error:
        raise ValueError(f'a variable is damaged: {error}') from error
    file.seek(left, 1)
    return b''.join(parts) if num <= _SMALL else None, before + num


class _Tag(NamedTuple):
    """Head of an element: type, and where content and next element begin."""

    kind: int
    start: int
    size: int
    after: int


class _Elements:
    """Walk through the elements of one variable.

    Args:
        data (bytes): Content of the variable.
        order (str): Byte order, as of :mod:`struct`.
    """

    def __init__(self, data: bytes, order: str) -> None:
        self._data = data
        self._two = struct.Struct(f'{order}II')
        self._order = order

    def tag(self, place: int, end: int) -> _Tag:
        """Read the head of an element that lies before ``end``."""
        if place + 8 > end:
            raise ValueError('an element is missing')
        kind, size = self._two.unpack_from(self._data, place)
        if kind >> 16:  # a small element: size, type and content in 8 bytes
            size, kind = kind >> 16, kind & 0xFFFF
            if size > 4:
                raise ValueError(f'a small element has {size} bytes')
            return _Tag(kind, place + 4, size, place + 8)
        start = place + 8
        if start + size > end:
            raise ValueError(f'an element of {size} bytes is cut short')
        after = start + size
        if kind != _MATRIX:
            after += -size % 8
        return _Tag(kind, start, size, after)

    def matrix(self, tag: _Tag, depth: int) -> None:
        """Check an array and all arrays in it."""
        if tag.kind != _MATRIX or depth > _DEPTH:
            raise ValueError(
                f'{depth} arrays lie within each other'
                if depth > _DEPTH
                else f'an array is of the unknown type {tag.kind}'
            )
        if not tag.size:
            return
        end = tag.start + tag.size
        flags = self._of(tag.start, end, (6,), 'flags')
        if flags.size != 8:
            raise ValueError(f'the flags of an array have {flags.size} bytes')
        (word,) = struct.unpack_from(
            f'{self._order}I', self._data, flags.start
        )
        sides = self._of(flags.after, end, (5,), 'sizes')
        if sides.size % 4 or not 2 <= sides.size // 4 <= _SIDES:
            raise ValueError(f'the sizes of an array have {sides.size} bytes')
        num = 1
        for side in struct.unpack_from(
            f'{self._order}{sides.size // 4}i', self._data, sides.start
        ):
            if side < 0:
                raise ValueError(f'an array has the size {side}')
            num *= side
        name = self._of(sides.after, end, (1, 2), 'name')
        last = self._content(word, num, name.after, end, depth)
        # SciPy goes on where the content ends, not where the array does.
        if last != end:
            raise ValueError(f'an array of {tag.size} bytes ends elsewhere')

    def _content(
        self, word: int, num: int, place: int, end: int, depth: int
    ) -> int:
        """Check what follows the name of an array of ``num`` entries.

        Returns:
            int: Where the content ends.
        """
        kind = word & 0xFF
        if kind in (_CELL, _STRUCT, _OBJECT):
            if kind == _OBJECT:
                place = self._of(place, end, (1, 2), 'class').after
            if kind != _CELL:
                length = self._of(place, end, (5,), 'length of names')
                names = self._of(length.after, end, (1, 2), 'names of fields')
                place = names.after
                num *= self._num_fields(length, names)
            if num > (end - place) // 8:
                raise ValueError(f'{num} arrays are missing')
            for _ in range(num):
                inner = self.tag(place, end)
                self.matrix(inner, depth + 1)
                place = inner.after
        elif _CHAR <= kind <= _LAST_NUMBERS:
            if kind == _SPARSE:
                for what in ('rows', 'columns'):
                    place = self._of(place, end, (5, 6), what).after
            parts = 2 if word & _COMPLEX else 1
            for _ in range(parts):
                kinds = _TEXTS if kind == _CHAR else _NUMBERS
                place = self._of(place, end, kinds, 'content').after
        else:
            raise ValueError(f'an array is of the class {kind}, no data')
        return place

    def _num_fields(self, length: _Tag, names: _Tag) -> int:
        if length.size != 4:
            raise ValueError('the length of names is no number')
        (each,) = struct.unpack_from(
            f'{self._order}i', self._data, length.start
        )
        if each < 1 or names.size % each:
            raise ValueError(f'the names of fields have the length {each}')
        return names.size // each

    def _of(
        self, place: int, end: int, kinds: tuple | frozenset, what: str
    ) -> _Tag:
        """Read the head of an element that is of one of some types."""
        tag = self.tag(place, end)
        if tag.kind not in kinds:
            raise ValueError(f'the {what} of an array are of type {tag.kind}')
        return tag
