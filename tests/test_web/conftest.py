"""A page over a small gallery."""

import pytest
from starlette.testclient import TestClient
from web_gallery import make_gallery

from mmdmr.web.app import create_app
from mmdmr.web.site import SiteOptions

SAME = {'Origin': 'http://localhost'}


@pytest.fixture
def made(tmp_path):
    """Searcher and folder of the gallery."""
    return make_gallery(tmp_path)


@pytest.fixture
def client(made, tmp_path):
    """Client of a page that may index the folder ``photos``."""
    options = SiteOptions([tmp_path / 'photos'], 1 << 20)
    app = create_app(*made, options)
    with TestClient(app, base_url='http://localhost', headers=SAME) as opened:
        yield opened
