"""The error for wrong input."""

import pytest

from mmdmr import errors


def test_a_message_can_be_printed_whatever_it_quotes():
    quoted = 'a\x1b[2J\0\r\u202eb\ud83d'
    message = str(errors.InputError(f'a.json: {quoted} is no id'))
    assert message.isprintable()
    assert message == r'a.json: a\x1b[2J\x00\r\u202eb\ud83d is no id'


def test_a_long_message_keeps_file_and_cure():
    long = errors.InputError('a.json: ' + 10**6 * '7' + '; correct it')
    assert len(str(long)) < 1300
    assert str(long).startswith('a.json: 777')
    assert str(long).endswith('777; correct it')
    short = 'a.json: ' + 1000 * '7' + '\ncorrect it'
    assert str(errors.InputError(short)) == short


def test_wrong_input_is_a_value_error():
    with pytest.raises(ValueError, match='scores.json'):
        raise errors.InputError('scores.json: not a JSON file')
