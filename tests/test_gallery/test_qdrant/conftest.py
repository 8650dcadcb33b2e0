"""Less patience than users have."""

import pytest

from mmdmr.gallery.qdrant import connection


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """Tries follow at once; a server that is away is given up after 1 s."""
    monkeypatch.setattr(connection, 'PAUSES', (0.001,))
    monkeypatch.setattr(connection, 'PATIENCE', 1.0)
    monkeypatch.delenv(connection.KEY, raising=False)


@pytest.fixture
def no_patience(monkeypatch):
    monkeypatch.setattr(connection, 'PATIENCE', 0.0)
