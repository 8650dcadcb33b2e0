"""Opening files of users."""

import os

import pytest

from mmdmr.errors import printable
from mmdmr.media.opening import BadMedia, open_file


def test_a_regular_file_opens(tmp_path):
    (tmp_path / 'a').write_bytes(b'abc')
    with open_file(tmp_path / 'a') as file:
        assert file.read() == b'abc'


def test_nothing_else_is_opened(tmp_path, monkeypatch):
    """A pipe without a writer would wait for ever."""
    os.mkfifo(tmp_path / 'pipe')
    (tmp_path / 'empty').touch()
    for path, reason in (
        (tmp_path, 'this is no regular file'),
        (tmp_path / 'pipe', 'this is no regular file'),
        ('/dev/null', 'this is no regular file'),
        (tmp_path / 'empty', 'the file is empty'),
        (tmp_path / 'gone', 'No such file or directory'),
        (tmp_path / 'empty/a', 'Not a directory'),
        ('a\0b', 'embedded null byte'),
        ('a' * 300, 'File name too long'),
    ):
        with pytest.raises(BadMedia) as caught:
            open_file(path)
        assert caught.value.reason == reason
        assert str(caught.value) == f'{printable(path)}: {reason}'


def test_no_permission(tmp_path, monkeypatch):
    (tmp_path / 'a').write_text('a')

    def refused(*args):
        raise PermissionError(13, 'Permission denied')

    monkeypatch.setattr('builtins.open', refused)
    with pytest.raises(BadMedia, match='a: Permission denied'):
        open_file(tmp_path / 'a')
