"""Collections that are no galleries, or galleries of another kind."""

import numpy as np
import pytest
from galleries import DIM, MODEL, entry, unit
from qdrant_client import models

from mmdmr.errors import InputError
from mmdmr.gallery import create_gallery, gallery_exists, open_gallery
from mmdmr.gallery.qdrant.head import HEAD_ID
from mmdmr.structures import ModelInfo


def test_no_gallery_at_all(server, tmp_path):
    for address in (server.address(), f'qdrant:{tmp_path / "g"}'):
        assert not gallery_exists(address)
        with pytest.raises(FileNotFoundError, match='no such gallery'):
            open_gallery(address)
    assert not (tmp_path / 'g').exists()


def test_a_gallery_is_made_once(server):
    create_gallery(server.address(), MODEL).close()
    assert gallery_exists(server.address())
    with pytest.raises(InputError, match='is a gallery already'):
        create_gallery(server.address(), MODEL)


@pytest.mark.parametrize('name', ['street', 'street.files'])
def test_collections_of_others_stay_as_they_are(server, name):
    """Whichever of the two names is taken."""
    config = models.VectorParams(size=4, distance=models.Distance.COSINE)
    server.client.create_collection(name, vectors_config=config)
    server.client.upsert(
        name, [models.PointStruct(id=1, vector=np.ones(4).tolist())]
    )
    with pytest.raises(InputError, match='points of another program'):
        create_gallery(server.address(), MODEL)
    with pytest.raises((InputError, FileNotFoundError)) as caught:
        open_gallery(server.address(), write=True)
    assert 'no such' in str(caught.value) or 'is left as it is' in str(
        caught.value
    )
    assert [x.name for x in server.client.get_collections().collections] == [
        name
    ]
    assert server.client.count(name).count == 1


def test_an_empty_collection_of_another_shape(server):
    config = models.VectorParams(size=DIM, distance=models.Distance.COSINE)
    server.client.create_collection('street', vectors_config=config)
    with pytest.raises(InputError, match='distance Dot; name another'):
        create_gallery(server.address(), MODEL)
    assert not server.client.collection_exists('street.files')


def test_whatever_call_of_a_creation_is_the_last(server, no_patience):
    """The next creation completes what the dead server left."""
    with create_gallery(server.address('counted'), MODEL):
        num = len(server.calls)
    assert num > 20
    for last in range(0, num, 3):
        address = server.address(f'street{last}')
        server.fault = lambda call, n, at=len(server.calls) + last: (
            'last' if n == at else None
        )
        with pytest.raises(ConnectionError):
            # Of the very last call, the next one tells.
            len(create_gallery(address, MODEL))
        server.fault, server.is_dead = lambda call, n: None, False
        if not gallery_exists(address):
            create_gallery(address, MODEL).close()
        with open_gallery(address, MODEL) as gallery:
            assert len(gallery) == 0


@pytest.mark.parametrize(
    'change, message',
    [
        (dict(format=2), 'format 2, which is newer than format 1'),
        (dict(format=0), 'format 0, which is older'),
        (dict(format=None), 'format None, which is older'),
        (dict(stored='int8'), "not as 'int8'"),
        (dict(model={}), 'the gallery is damaged: its description lacks'),
        (dict(owner=7), 'the gallery is damaged: its description lacks'),
        (dict(kind='other'), 'not a gallery of mmdmr; it is left as it is'),
    ],
)
def test_another_format(server, change, message):
    create_gallery(server.address(), MODEL).close()
    server.client.set_payload('street.files', change, [HEAD_ID])
    for write in (False, True):
        with pytest.raises(InputError, match=message):
            open_gallery(server.address(), write=write)


def test_a_half_deleted_gallery(server):
    create_gallery(server.address(), MODEL).close()
    server.client.delete_collection('street')
    with pytest.raises(InputError, match="collection 'street' is missing"):
        open_gallery(server.address())


def test_a_gallery_that_is_deleted_meanwhile(server):
    gallery = create_gallery(server.address(), MODEL)
    for name in ('street', 'street.files'):
        server.client.delete_collection(name)
    with pytest.raises(InputError, match=r"404\): .* doesn't exist"):
        gallery.add([entry('1.jpg', unit(0))])
    gallery.close()


@pytest.mark.parametrize(
    'model',
    [
        ModelInfo('other', 'cd34', DIM),
        ModelInfo('toy', MODEL.fingerprint, DIM + 1),
    ],
)
def test_a_gallery_of_another_model(address, model):
    create_gallery(address, MODEL).close()
    with pytest.raises(InputError, match='cannot be compared') as caught:
        open_gallery(address, model, write=True)
    assert 'toy (ab12' in str(caught.value) and model.name in str(caught.value)
    # The claim or lock was given back, or never taken.
    open_gallery(address, MODEL, write=True).close()


def test_int8_is_refused(server):
    with pytest.raises(InputError, match="as float16, not as 'int8'"):
        create_gallery(server.address(), MODEL, stored='int8')


def test_a_gallery_for_reading(address):
    create_gallery(address, MODEL).close()
    with open_gallery(address) as gallery:
        with pytest.raises(InputError, match='opened for reading'):
            gallery.add([])
        with pytest.raises(InputError, match='opened for reading'):
            gallery.remove('s')
