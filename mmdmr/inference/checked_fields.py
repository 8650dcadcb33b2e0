"""Dataclasses read from a mapping, such as a part of a YAML file.

Each field of such a dataclass is made by :func:`checked` or :func:`nested`,
which hold the check of its value. A ``__post_init__`` may check what values
mean together, by a ValueError. :func:`read_mapping` reports wrong keys and
values with the names of the file and of the key.
"""

import sys
from collections.abc import Callable
from dataclasses import MISSING, Field, field, fields
from difflib import get_close_matches
from typing import Any, TypeVar

from mmdmr.errors import InputError

#: A check returns the value as the dataclass stores it. A ValueError names the
#: allowed values.
Check = Callable[[Any], Any]
Read = TypeVar('Read')


def checked(check: Check, default: Any = MISSING) -> Any:
    """Make a field of a dataclass that is read from a mapping.

    Args:
        check (Check): Check of the value.
        default (Any): Value if the mapping lacks the key. Defaults to
            MISSING: the key is needed.

    Returns:
        Any: A field, as of :func:`dataclasses.field`.
    """
    return field(default=default, metadata=dict(check=check))


def nested(kind: type | dict[str, type]) -> Any:
    """Make a field of a dataclass whose value is a mapping itself.

    Args:
        kind (type | dict[str, type]): Dataclass of the inner mapping; or
            several, by the value of the key ``kind`` of the mapping.

    Returns:
        Any: A field, as of :func:`dataclasses.field`.
    """
    return field(metadata=dict(nested=kind))


def read_mapping(cls: type[Read], mapping: Any, where: str) -> Read:
    """Make a dataclass from a mapping.

    Args:
        cls (type): Dataclass with fields of :func:`checked` and
            :func:`nested`.
        mapping (Any): Mapping of names of fields to values.
        where (str): File and key of the mapping, for messages.

    Returns:
        Read: The dataclass.

    Raises:
        InputError: A key is unknown or missing, or a value is wrong.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass
        ... class Size:
        ...     width: int = checked(whole(1))
        >>> read_mapping(Size, dict(width=3), 'a.yaml, size')
        Size(width=3)
        >>> read_mapping(Size, dict(width='3'), 'a.yaml, size')
        Traceback (most recent call last):
        ...
        mmdmr.errors.InputError: a.yaml, size: width must be a whole number \
from 1 to 10000, not '3'
    """
    known = {item.name: item for item in fields(cls)}  # type: ignore[arg-type]
    _check_keys(mapping, list(known), where)
    values = {}
    for name, item in known.items():
        if name in mapping:
            values[name] = _read_value(item, mapping[name], where)
        elif item.default is MISSING:
            raise InputError(f'{where}: the key {name} is missing')
    try:
        return cls(**values)
    except ValueError as error:
        raise InputError(f'{where}: {error}') from None


def write_mapping(value: Any) -> dict[str, Any]:
    """Turn a dataclass into the mapping that :func:`read_mapping` reads.

    Args:
        value (Any): Dataclass with fields of :func:`checked` and
            :func:`nested`.

    Returns:
        dict[str, Any]: Plain data, as for JSON. Values that are the defaults
        are left out.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass
        ... class Size:
        ...     width: int = checked(whole(1))
        ...     depth: int = checked(whole(1), 3)
        >>> write_mapping(Size(width=4))
        {'width': 4}
    """
    mapping = {}
    for item in fields(value):
        entry = getattr(value, item.name)
        if 'nested' in item.metadata:
            kinds, inner = item.metadata['nested'], entry
            entry = write_mapping(inner)
            if isinstance(kinds, dict):
                (kind,) = (k for k, cls in kinds.items() if cls is type(inner))
                entry = dict(kind=kind, **entry)
        if entry != item.default:
            mapping[item.name] = entry
    return mapping


def _read_value(item: Field, value: Any, where: str) -> Any:
    """Value of one field, checked."""
    if 'nested' in item.metadata:
        where, kind = f'{where}, {item.name}', item.metadata['nested']
        if isinstance(kind, dict):
            kind, value = _choose_kind(kind, value, where)
        return read_mapping(kind, value, where)
    try:
        return item.metadata['check'](value)
    except ValueError as error:
        raise InputError(
            f'{where}: {item.name} must be {error}, not {value!r}'
        ) from None


def _choose_kind(
    kinds: dict[str, type], value: Any, where: str
) -> tuple[type, dict]:
    """Dataclass that the key ``kind`` names, and the other keys."""
    if not isinstance(value, dict) or 'kind' not in value:
        raise InputError(
            f'{where}: must be a mapping with the key kind, one of '
            f'{", ".join(kinds)}, not {value!r}'
        )
    try:
        name = one_of(*kinds)(value['kind'])
    except ValueError as error:
        raise InputError(
            f'{where}: kind must be {error}, not {value["kind"]!r}'
        ) from None
    return kinds[name], {k: v for k, v in value.items() if k != 'kind'}


def _check_keys(mapping: Any, known: list[str], where: str) -> None:
    """Check that a value is a mapping of known keys."""
    if not isinstance(mapping, dict):
        raise InputError(
            f'{where}: must be a mapping with the keys {", ".join(known)}, '
            f'not {mapping!r}'
        )
    for key in mapping:
        if key not in known:
            near = get_close_matches(str(key), known, n=1)
            hint = f', did you mean {near[0]}?' if near else '.'
            shown = key if str(key).isprintable() else repr(key)
            raise InputError(
                f'{where}: unknown key {shown}{hint} The keys are '
                f'{", ".join(known)}.'
            )


def one_of(*allowed: str) -> Check:
    """Check that a value is one of several words.

    Args:
        *allowed (str): The words.

    Returns:
        Check: The check.
    """

    def check(value: Any) -> str:
        if value not in allowed:
            near = get_close_matches(str(value), allowed, n=1)
            hint = f' (did you mean {near[0]}?)' if near else ''
            raise ValueError(f'one of {", ".join(allowed)}{hint}')
        return value

    return check


def text(value: Any) -> str:
    """Check that a value is a text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError('a text')
    return value


def truth(value: Any) -> bool:
    """Check that a value is true or false."""
    if not isinstance(value, bool):
        raise ValueError('true or false')
    return value


def whole(least: int, most: int = 10_000) -> Check:
    """Check that a value is a whole number.

    Args:
        least (int): Least number allowed.
        most (int): Greatest number allowed. Defaults to 10,000.

    Returns:
        Check: The check.
    """

    def check(value: Any) -> int:
        if not _is_number(value, (int,)) or not least <= value <= most:
            raise ValueError(f'a whole number from {least} to {most}')
        return value

    return check


def number(least: float, most: float) -> Check:
    """Check that a value is a number within bounds.

    Args:
        least (float): Least number allowed.
        most (float): Greatest number allowed.

    Returns:
        Check: The check.
    """

    def check(value: Any) -> float:
        if not _is_number(value) or not least <= value <= most:
            raise ValueError(f'a number in [{least:g}, {most:g}]')
        return float(value)

    return check


def positive(value: Any) -> float:
    """Check that a value is a number above 0."""
    # A whole number beyond all floats is below infinity, too.
    if not _is_number(value) or not 0 < value <= sys.float_info.max:
        raise ValueError('a number above 0')
    return float(value)


def sequence_of(check: Check, length: int | None = None) -> Check:
    """Check that a value is a list.

    Args:
        check (Check): Check of each entry.
        length (int | None): Length of the list. Defaults to None: any but 0.

    Returns:
        Check: The check. It returns a tuple.
    """

    def check_all(value: Any) -> tuple:
        if (
            not isinstance(value, list)
            or not value
            or len(value) != (length or len(value))
        ):
            number = 'one or more' if length is None else str(length)
            raise ValueError(f'a list of {number} values')
        try:
            return tuple(map(check, value))
        except ValueError as error:
            raise ValueError(f'a list, each {error}') from None

    return check_all


def _is_number(value: Any, kinds: tuple[type, ...] = (int, float)) -> bool:
    """True for numbers; YAML's true and false are none."""
    return isinstance(value, kinds) and not isinstance(value, bool)
