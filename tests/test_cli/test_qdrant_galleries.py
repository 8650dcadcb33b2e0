"""The tools with the address of a gallery in place of a folder."""

import json
from pathlib import Path

import pytest
from photo_folder import FIRST, make_photo_folder
from qdrant_server import QdrantServer
from tool_runner import tool

from mmdmr.gallery.qdrant import connection


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(connection, 'PATIENCE', 0.0)
    make_photo_folder(tmp_path)
    server = QdrantServer()
    yield server
    server.stop()


@pytest.mark.parametrize('kind', ['server', 'qdrant'])
def test_from_a_folder_to_hits(server, capsys, kind):
    gallery = server.address() if kind == 'server' else 'qdrant:g'
    index = ['photos', '--gallery', gallery, '--model', 'two.yaml']
    assert tool('index_gallery')(index) == 0
    out = capsys.readouterr().out
    assert '6 persons added from 3 pictures and frames; files: 3 new' in out
    # The gallery names its model.
    query = ['--query', 'anna.png', '--gallery', gallery, '--out', 'found']
    assert tool('search_person')([*query, *FIRST, '--top-k', '2']) == 0
    hits = json.loads(Path('found/hits.json').read_text())['queries'][0]
    assert {hit['path'] for hit in hits['hits']} == {'c1_a.png', 'c2_a.png'}
    assert all(hit['scene'] for hit in hits['hits'])
    capsys.readouterr()
    assert tool('gallery_info')([gallery, '--verify']) == 0
    out = capsys.readouterr().out
    assert '6 persons' in out and 'verified: no damage found' in out
    if kind == 'server':
        assert 'index       0 persons, 6 are not in it' in out
        assert "Qdrant's own index, state green" in out
        assert 'on disk' not in out
    else:
        assert 'index       none: search is exact' in out and 'on disk' in out


def test_messages(server, capsys):
    """One line, without a traceback."""

    def says(name, *argv):
        with pytest.raises(SystemExit) as stop:
            tool(name)(list(argv))
        assert stop.value.code == 2
        return capsys.readouterr().err

    assert 'no such gallery' in says('gallery_info', server.address())
    said = says('index_gallery', 'photos', '--gallery', server.address())
    assert 'name the model' in said
    server.stop()
    said = says('gallery_info', server.address())
    assert 'did not answer' in said and len(said.splitlines()) == 1
