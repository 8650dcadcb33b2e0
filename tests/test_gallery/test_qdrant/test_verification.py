"""``gallery_info --verify`` on a gallery in Qdrant, and the state of it."""

import pytest
from galleries import MODEL, entry, unit
from qdrant_client import models

from mmdmr.gallery import create_gallery, open_gallery
from mmdmr.gallery.description import describe, verify


@pytest.fixture
def address(server):
    with create_gallery(server.address(), MODEL) as gallery:
        gallery.add([entry('1.jpg', unit(0, 1)), entry('2.jpg', unit(2))])
    return server.address()


def test_a_sound_gallery(address):
    assert verify(address) == []


@pytest.mark.parametrize(
    'collection, kind, change, problem',
    [
        ('street', None, dict(file='x'), 'persons without a file'),
        ('street', None, dict(frame=7), 'persons without a frame'),
        ('street', None, dict(sighting=9), 'sightings with a number that was'),
        ('street.files', 'frame', dict(file='x'), 'frames without a file'),
        (
            'street.files',
            'mmdmr gallery',
            dict(next_row=1),
            'persons with a number that was never given',
        ),
    ],
)
def test_contradictions(server, address, collection, kind, change, problem):
    points = server.client.scroll(collection, limit=99)[0]
    chosen = [p.id for p in points if kind in (None, p.payload.get('kind'))]
    server.client.set_payload(collection, change, chosen)
    assert any(problem in found for found in verify(address))


def test_the_state_of_the_index(server, address, monkeypatch):
    ask = server.client.get_collection

    def info(name):
        return ask(name).model_copy(
            update=dict(
                indexed_vectors_count=2,
                status=models.CollectionStatus.YELLOW,
                optimizer_status=models.OptimizersStatusOneOf1(error='full'),
            )
        )

    monkeypatch.setattr(server.client, 'get_collection', info)
    with open_gallery(address) as gallery:
        found = describe(gallery)
        assert gallery.build_index() is None
    assert found['index'] == dict(
        persons=2,
        recall=None,
        later_persons=1,
        removed_persons=0,
        note="Qdrant's own index, state yellow: full",
    )
    assert found['bytes'] == {} and found['persons'] == 3
