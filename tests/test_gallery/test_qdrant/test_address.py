"""Addresses of galleries in Qdrant."""

from pathlib import Path

import pytest

from mmdmr.errors import InputError
from mmdmr.gallery.qdrant.address import Address, parse_address


@pytest.mark.parametrize(
    'text, url, collection',
    [
        ('http://localhost:6333/street', 'http://localhost:6333', 'street'),
        ('https://host/a-b_c.1/', 'https://host:6333', 'a-b_c.1'),
        ('http://[::1]:7000/g', 'http://[::1]:7000', 'g'),
        ('https://host:443/db/qdrant/g', 'https://host:443/db/qdrant', 'g'),
    ],
)
def test_servers(text, url, collection):
    found = parse_address(text)
    assert found == Address(f'{url}/{collection}', url, None, collection)
    assert found.files == f'{collection}.files'
    assert parse_address(f'{text}?timeout=60').timeout == 60


def test_folders():
    found = parse_address('qdrant:a b/g')
    assert found.folder == Path('a b/g') and not found.url


@pytest.mark.parametrize(
    'text, message',
    [
        ('qdrant:', 'name the folder'),
        ('http://localhost:6333', 'a name of letters'),
        ('http://localhost:6333/', 'a name of letters'),
        ('http://localhost/ü', 'a name of letters'),
        ('http://localhost/a%2fb', 'a name of letters'),
        ('http:///street', 'a name of letters'),
        ('http://localhost:port/street', 'must be http'),
        ('http://localhost/street.files', "name 'street'"),
        ('http://localhost/street?timeout=0', 'only timeout=SECONDS'),
        ('http://localhost/street?timeout=1.5', 'only timeout=SECONDS'),
        ('http://localhost/street?api_key=1', 'only timeout=SECONDS'),
    ],
)
def test_wrong_addresses(text, message):
    with pytest.raises(InputError, match=message):
        parse_address(text)


def test_a_password_is_not_repeated():
    with pytest.raises(InputError, match='QDRANT_API_KEY') as caught:
        parse_address('https://me:s3cret@host/street')
    assert 's3cret' not in str(caught.value)
