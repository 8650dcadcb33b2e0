"""Values of JSON entries, typed and checked when they are read.

Tools write numbers as text, whole numbers as fractions, and flags as text or
numbers. A value with a single possible meaning is read. Any other value is an
error that names the entry and the value.
"""

import re
import unicodedata
from typing import Any

from mmdmr.errors import InputError

Identifier = int | str
#: Words that stand for a missing name, in lower case, letters and digits
#: alone.
PLACEHOLDERS = frozenset(
    [
        *('', 'na', 'nan', 'nat', 'none', 'null', 'nil', 'undefined'),
        *('unknown', 'unknownperson', 'unidentified', 'unassigned', 'noid'),
        *('unlabelled', 'unlabeled', 'nobody', 'stranger', 'other'),
        *('distractor', 'junk', 'background'),
    ]
)
#: Whole numbers as tables and programs write them.
_NUMBER = re.compile(r'([+-]?\d{1,99})(\.0*)?|[+-]?\d\.\d{1,15}[eE]\+?\d{1,2}')
_FLAGS = {'0': False, '1': True, 'false': False, 'true': True}


def identifier(entry: dict[str, Any], key: str, where: str) -> Identifier:
    """Read an id: a whole number or a text.

    Args:
        entry (dict): The entry.
        key (str): Key of the value.
        where (str): File and entry, for the message.

    Returns:
        int | str: A whole number, also if written as 7.0 or "7"; or a text.

    Raises:
        InputError: The value is missing, or of another type.

    Example:
        >>> [identifier(dict(id=v), 'id', '') for v in (7, 7.0, '7', 'a-07')]
        [7, 7, 7, 'a-07']
    """
    if key not in entry:
        raise InputError(f'{where} has no "{key}"')
    value = entry[key]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    check_text(value, key, where)
    # "07" stays a text: it may be another id than "7".
    if isinstance(value, str) and re.fullmatch(r'0|-?[1-9]\d{,99}', value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise InputError(
            f'{where}: "{key}" is {value!r}, neither a whole number nor a text'
        )
    return value


def flag(entry: dict[str, Any], key: str, default: bool, where: str) -> bool:
    """Read a yes or no.

    Args:
        entry (dict): The entry.
        key (str): Key of the value: true, false, 0, 1, or the same as text.
        default (bool): Result if the value is missing or null.
        where (str): File and entry, for the message.

    Returns:
        bool: The value.

    Raises:
        InputError: The value is anything else.

    Example:
        >>> [flag(dict(f=v), 'f', True, '') for v in (0, '0', 1.0, None)]
        [False, False, True, True]
    """
    value = entry.get(key)
    if value is None:
        return default
    text = str(int(value)) if value in (0, 1) else str(value).strip().lower()
    if text not in _FLAGS:
        raise InputError(f'{where}: "{key}" is {value!r}, not 0 or 1')
    return _FLAGS[text]


def whole(entry: dict[str, Any], key: str, where: str) -> int | None:
    """Read a count, or a length in pixels.

    Args:
        entry (dict): The entry.
        key (str): Key of the value.
        where (str): File and entry, for the message.

    Returns:
        int | None: The number, None if it is missing, null or 0.

    Raises:
        InputError: The value is negative, or no whole number.

    Example:
        >>> whole(dict(width='160'), 'width', ''), whole({}, 'width', '')
        (160, None)
    """
    if entry.get(key) is None:
        return None
    try:
        value = identifier(entry, key, where)
    except InputError:
        value = ''
    if isinstance(value, str) or value < 0:
        raise InputError(
            f'{where}: "{key}" is {entry[key]!r}, not a whole number'
        )
    return value or None


def raw_identity(entry: dict[str, Any], where: str = '') -> Identifier | None:
    """Identity of an annotation or query, as named in the file.

    Args:
        entry (dict): Entry with ``person_id`` or ``pid``, or without.
        where (str): File and entry, for the message. Defaults to ''.

    Returns:
        int | str | None: The identity, None for an unlabelled person: a value
        that is missing, null, empty, negative or one of ``PLACEHOLDERS``.

    Raises:
        InputError: The value is neither a whole number nor a text, or
            ``person_id`` and ``pid`` contradict each other.

    Example:
        >>> [raw_identity(dict(pid=v)) for v in ('7', '07.0', -1, 'nan')]
        [7, 7, None, None]
    """
    where = where or str(entry.get('id'))
    named = [
        _identity(entry[key], key, where)
        for key in ('person_id', 'pid')
        if entry.get(key) not in (None, '')
    ]
    if len(set(named)) > 1:
        raise InputError(
            f'{where}: its person_id is {entry["person_id"]!r}, but its pid '
            f'{entry["pid"]!r}; remove either'
        )
    return named[0] if named else None


def _identity(raw: Any, key: str, where: str) -> Identifier | None:
    """Identity that a value means, None for an unlabelled person."""
    if isinstance(raw, str):
        check_text(raw, key, where)
        # A letter with an accent may be written as one sign or as two, and
        # invisible signs may stand between letters.
        raw = unicodedata.normalize('NFC', raw)
        seen = (c for c in raw if unicodedata.category(c) != 'Cf')
        raw = ''.join(seen).strip()
        number = _NUMBER.fullmatch(raw)
        if number and number.group(1):
            raw = int(number.group(1))
        elif number and float(raw).is_integer():
            raw = int(float(raw))
    elif isinstance(raw, float):
        if raw != raw:  # NaN: tables write it for an empty cell
            return None
        raw = int(raw) if raw.is_integer() else raw
    if raw is None or is_placeholder(raw):
        return None
    if isinstance(raw, bool) or not isinstance(raw, (int, str)):
        raise InputError(
            f'{where}: the {key} is {raw!r}, neither a whole number nor a text'
        )
    return None if isinstance(raw, int) and raw < 0 else raw


def check_text(value: Any, key: str, where: str) -> None:
    """Refuse a text with half a character, which cannot be written to a file.

    Args:
        value (Any): The value; anything but a text passes.
        key (str): Key of the value.
        where (str): File and entry, for the message.

    Raises:
        InputError: The text has half a character.
    """
    if isinstance(value, str) and re.search('[\ud800-\udfff]', value):
        raise InputError(
            f'{where}: "{key}" is {value!r}, a text that was cut within a '
            'character; correct it'
        )


def is_placeholder(raw: Any) -> bool:
    """True if an identity or a camera is a word for a missing name.

    Args:
        raw (Any): Identity or camera, as written in the file.

    Returns:
        bool: True for one of ``PLACEHOLDERS``, however it is punctuated.

    Example:
        >>> [is_placeholder(raw) for raw in ('#N/A', '(unknown)', '?', 'ann')]
        [True, True, True, False]
    """
    if not isinstance(raw, str):
        return False
    return ''.join(filter(str.isalnum, raw)).lower() in PLACEHOLDERS
