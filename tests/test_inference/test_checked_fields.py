"""Dataclasses read from mappings."""

from dataclasses import dataclass

import pytest

from mmdmr.errors import InputError
from mmdmr.inference.checked_fields import (
    checked,
    nested,
    number,
    one_of,
    positive,
    read_mapping,
    sequence_of,
    text,
    truth,
    whole,
)


@dataclass
class Small:
    length: int = checked(whole(1, 5))
    name: str = checked(text, 'none')

    def __post_init__(self):
        if self.name == 'long' and self.length < 3:
            raise ValueError('a long one has a length of 3')


@dataclass
class Large:
    parts: Small = nested(Small)
    either: object = nested(dict(small=Small))


def test_mappings_within_mappings():
    content = dict(
        parts=dict(length=2), either=dict(kind='small', length=3, name='x')
    )
    assert read_mapping(Large, content, 'f') == Large(Small(2), Small(3, 'x'))
    assert content['either']['kind'] == 'small'  # not changed


@pytest.mark.parametrize(
    'parts, message',
    [
        ({}, '^f, parts: the key length is missing$'),
        (dict(length=9), '^f, parts: length must be .* 1 to 5, not 9$'),
        (dict(lenght=1), 'unknown key lenght, did you mean length'),
        ({1: 2}, r'unknown key 1\. The keys are length, name'),
        ([], '^f, parts: must be a mapping with the keys length, name'),
        (dict(length=1, name='long'), '^f, parts: a long one has'),
    ],
)
def test_errors_name_the_place(parts, message):
    with pytest.raises(InputError, match=message):
        read_mapping(Large, dict(parts=parts), 'f')


@pytest.mark.parametrize(
    'check, right, wrong',
    [
        (whole(0, 3), [0, 3], [-1, 4, 1.0, True, '1', None]),
        (number(0, 1), [0, 1, 0.5], [-0.1, 2, float('nan'), False, '1']),
        (positive, [1, 0.1], [0, -1, float('inf'), float('nan'), True]),
        (truth, [True, False], [0, 1, 'true', None]),
        (text, ['a'], ['', ' ', 1, None, ['a']]),
        (one_of('a', 'b'), ['a', 'b'], ['c', None, 1, ['a']]),
        (sequence_of(whole(0)), [[1], [1, 2]], [[], 1, ['a'], (1,), None]),
        (sequence_of(whole(0), 2), [[1, 2]], [[1], [1, 2, 3]]),
    ],
)
def test_checks(check, right, wrong):
    for value in right:
        given = check(value)
        assert given == (tuple(value) if isinstance(value, list) else value)
    for value in wrong:
        with pytest.raises(ValueError):
            check(value)
