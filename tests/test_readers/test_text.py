"""Text files."""

import pytest

from mmdmr.errors import InputError
from mmdmr.readers.text import beginning_of_text, read_text


def test_a_byte_order_mark_is_no_part_of_a_text(tmp_path):
    (tmp_path / 'a.txt').write_text('räume', encoding='utf-8-sig')
    assert read_text(tmp_path / 'a.txt') == 'räume'


def test_another_encoding_is_named(tmp_path):
    (tmp_path / 'a.txt').write_text('räume', encoding='latin-1')
    with pytest.raises(InputError, match=r'a.txt: is not a text in UTF-8'):
        read_text(tmp_path / 'a.txt')


@pytest.mark.parametrize(
    'content,expected',
    [
        (b'<html>\n<p>Quota exceeded', '<html> <p>Quota exceeded'),
        (b'\x89PNG\r\n\x1a\n', None),
        (b'PK\x03\x04', None),
        (b'', None),
    ],
)
def test_a_text_in_place_of_a_binary_file(tmp_path, content, expected):
    (tmp_path / 'a.pth').write_bytes(content)
    assert beginning_of_text(tmp_path / 'a.pth') == expected
