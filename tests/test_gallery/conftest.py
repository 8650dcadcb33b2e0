"""Places of galleries of every kind."""

import pytest
from galleries import MODEL

from mmdmr.gallery import create_gallery


@pytest.fixture
def server():
    from qdrant_server import QdrantServer  # slow

    server = QdrantServer()
    yield server
    server.stop()


@pytest.fixture
def make_address(request, tmp_path):
    """Where a new gallery of a kind is made."""

    def make(kind):
        if kind == 'server':
            return request.getfixturevalue('server').address()
        folder = tmp_path / f'{kind}.gallery'
        return f'qdrant:{folder}' if kind == 'qdrant' else str(folder)

    return make


@pytest.fixture(params=['folder', 'qdrant', 'server'])
def address(request, make_address):
    return make_address(request.param)


@pytest.fixture(params=['folder', 'server'])
def fast_address(request, make_address):
    """Without the embedded mode, which waits for the disk at each point."""
    return make_address(request.param)


@pytest.fixture
def gallery(address):
    with create_gallery(address, MODEL) as gallery:
        yield gallery
