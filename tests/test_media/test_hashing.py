"""Digests of files."""

import hashlib

import pytest

from mmdmr.media.hashing import content_hash
from mmdmr.media.opening import BadMedia


def test_a_digest_of_all_bytes(tmp_path):
    content = bytes(range(256)) * 9000
    (tmp_path / 'a').write_bytes(content)
    digest = content_hash(tmp_path / 'a')
    assert digest == hashlib.blake2b(content, digest_size=32).hexdigest()
    (tmp_path / 'b').write_bytes(content[:-1])
    assert content_hash(tmp_path / 'b') != digest


def test_a_folder_has_no_digest(tmp_path):
    with pytest.raises(BadMedia):
        content_hash(tmp_path)
