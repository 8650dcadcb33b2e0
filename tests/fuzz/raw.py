"""Changes of bytes and of lines, of whatever kind of file."""

import re

from .values import COUNTS, PIECES, WORDS


def truncate(data, where, _):
    return data[: where % (len(data) + 1)]


def behead(data, where, _):
    return data[where % (len(data) + 1) :]


def flip(data, where, how):
    if not data:
        return data
    changed, place = bytearray(data), where % len(data)
    changed[place] ^= 1 << how % 8
    return bytes(changed)


def insert(data, where, how):
    place = where % (len(data) + 1)
    return data[:place] + PIECES[how % len(PIECES)] + data[place:]


def delete(data, where, how):
    place = where % (len(data) + 1)
    return data[:place] + data[place + 1 + how % 64 :]


def repeat(data, where, how):
    place = where % (len(data) + 1)
    return data[:place] + data[max(place - 1 - how % 256, 0) :]


def count(data, where, how):
    """Put a number in place of four bytes, at a multiple of four."""
    place = where % (len(data) // 4 + 1) * 4
    number = COUNTS[how % len(COUNTS)].to_bytes(4, 'little', signed=True)
    return data[:place] + number + data[place + 4 :]


def empty(data, where, how):
    return b''


def fill(data, where, how):
    return (b'\x00', b' ', b'\xff', b'[')[how % 4] * len(data)


def drop_line(data, where, _):
    lines = data.splitlines(keepends=True)
    if lines:
        del lines[where % len(lines)]
    return b''.join(lines)


def twice_line(data, where, _):
    lines = data.splitlines(keepends=True)
    if lines:
        lines.insert(where % len(lines), lines[where % len(lines)])
    return b''.join(lines)


def swap_lines(data, where, how):
    lines = data.splitlines(keepends=True)
    if lines:
        a, b = where % len(lines), how % len(lines)
        lines[a], lines[b] = lines[b], lines[a]
    return b''.join(lines)


def word(data, where, how):
    """Put a text in place of a word, a number or a quoted text."""
    found = list(re.finditer(rb'"[^"]*"|[\w.+-]+', data))
    if not found:
        return data
    start, end = found[where % len(found)].span()
    text = WORDS[how % len(WORDS)].encode('utf-8', 'surrogatepass')
    return data[:start] + text + data[end:]


def double_key(data, where, how):
    """Repeat a key of JSON with another value."""
    found = list(re.finditer(rb'"[^"]*"\s*:', data))
    if not found:
        return data
    key = found[where % len(found)]
    value = (b'null', b'[]', b'0', b'"a"')[how % 4]
    return data[: key.start()] + key[0] + value + b',' + data[key.start() :]


def utf16(data, where, how):
    text = data.decode('utf-8', 'replace')
    return text.encode(
        ('utf-16', 'utf-32', 'latin-1', 'utf-7')[how % 4], 'replace'
    )


BYTES = dict(
    truncate=truncate,
    behead=behead,
    flip=flip,
    insert=insert,
    delete=delete,
    repeat=repeat,
    count=count,
    empty=empty,
    fill=fill,
)
LINES = dict(
    drop_line=drop_line,
    twice_line=twice_line,
    swap_lines=swap_lines,
    word=word,
    utf16=utf16,
)
KEYS = dict(double_key=double_key)
