"""Indexing and searching with a gallery on a Qdrant server."""

import cv2
import pytest
from colour_embedder import ColourEmbedder, draw_scene
from qdrant_server import QdrantServer

from mmdmr.apis import PersonSearcher
from mmdmr.evaluation.functional.query_expansion import ExpansionOptions
from mmdmr.evaluation.functional.reranking import RerankingOptions
from mmdmr.gallery import open_gallery
from mmdmr.gallery.qdrant import claim, connection

COLOURS = ('red', 'green', 'blue', 'yellow', 'pink')
LEFT, RIGHT = (10, 10, 40, 90), (90, 20, 120, 110)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(connection, 'PAUSES', (0.001,))
    monkeypatch.setattr(connection, 'PATIENCE', 0.0)
    server = QdrantServer()
    yield server
    server.stop()


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / 'photos'
    folder.mkdir()
    for i in range(12):
        persons = [(COLOURS[i % 5], LEFT), (COLOURS[(i + 2) % 5], RIGHT)]
        cv2.imwrite(str(folder / f'{i:02}.png'), draw_scene(persons))
    (folder / 'bad.png').write_bytes(b'\x89PNG\r\n\x1a\nbroken')
    return folder


@pytest.fixture
def searcher():
    return PersonSearcher.from_embedder(ColourEmbedder())


def search(searcher, gallery, **options):
    query = draw_scene([('red', (50, 30, 80, 100))])
    (result,) = searcher.search(query, gallery, top_k=5, **options)
    hits = [vars(hit) | dict(box=hit.box.tolist()) for hit in result.hits]
    return hits, result.num_persons


def index(searcher, photos, gallery):
    report = searcher.index(
        photos, gallery, batch_size=4, camera=lambda path: path[1]
    )
    return vars(report)


def test_everything_is_as_in_a_folder(searcher, photos, server, tmp_path):
    folder, address = tmp_path / 'g', server.address()
    for _ in range(2):
        reports = [index(searcher, photos, x) for x in (folder, address)]
        assert reports[0] == reports[1]
    assert reports[0]['num_unchanged'] == 12 and len(reports[0]['bad']) == 1
    for options in (
        {},
        dict(cameras=['3', '5']),
        dict(exact=True, sources=['photos']),
        dict(expansion=ExpansionOptions(2)),
        dict(reranking=RerankingOptions()),
    ):
        ours, theirs = (
            search(searcher, x, **options) for x in (folder, address)
        )
        assert ours == theirs and ours[0]
    own = searcher.search(photos / '03.png', address, top_k=9)
    assert '03.png' not in {hit.path for hit in own[0].hits}


def test_a_server_that_dies_between_two_batches(
    searcher, photos, server, tmp_path, monkeypatch
):
    """The command is run again: nothing is lost, nothing is there twice."""
    folder, address = tmp_path / 'g', server.address()
    index(searcher, photos, folder)
    call = 'PUT /collections/street/points'
    server.fault = lambda made, n: (
        'die' if made == call and server.calls.count(call) == 2 else None
    )
    with pytest.raises(ConnectionError, match='run the command again'):
        index(searcher, photos, address)
    server.fault, server.is_dead = lambda made, n: None, False
    # The claim of the process before ends by itself.
    monkeypatch.setattr(
        claim.time, 'time', lambda now=claim.time.time: now() + 100
    )
    report = index(searcher, photos, address)
    assert (report['num_unchanged'], report['num_frames']) == (4, 8)
    with open_gallery(folder) as ours, open_gallery(address) as theirs:
        assert len(ours) == len(theirs) == 24
        assert ours.known('photos') == theirs.known('photos')
        assert theirs.problems() == []
    ours, theirs = (search(searcher, x)[0] for x in (folder, address))
    for hit in (*ours, *theirs):  # numbers of the lost batch are not reused
        del hit['row']
    assert ours == theirs
