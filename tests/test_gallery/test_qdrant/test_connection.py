"""A server that is away, slow, busy, too old, or wants a key."""

import logging
import sys

import pytest
from galleries import MODEL, entry, unit
from qdrant_server import QdrantServer

from mmdmr.errors import InputError
from mmdmr.gallery import create_gallery, gallery_exists, open_gallery
from mmdmr.gallery.qdrant import connection


@pytest.mark.parametrize('fault', ['busy', 'quota', 'drop', 'lost', 'slow'])
def test_a_call_is_made_again(server, fault, caplog):
    """Also if the answer was lost after the work: nothing is there twice."""
    with create_gallery(server.address(timeout=1), MODEL) as gallery:
        server.fault = lambda call, n: (
            fault
            if call == 'PUT /collections/street/points'
            and server.calls.count(call) == 1
            else None
        )
        rows = gallery.add([entry('1.jpg', unit(0, 1))])
        assert server.calls.count('PUT /collections/street/points') == 2
        assert rows.tolist() == [1, 2] and len(gallery) == 2
        assert gallery.problems() == []
    messages = [record.message for record in caplog.records]
    assert 'waiting for the server, up to 1 s' in messages[0]
    assert 'answers again' in messages[1] and len(messages) == 2


def test_every_answer_may_be_lost(server):
    """Each call of each change once without an answer."""
    address = server.address()
    reference = server.address('reference')
    for place in (reference, address):
        if place == address:
            server.fault = lambda call, n: (
                'lost' if n and server.calls[n - 1] != call else None
            )
        with create_gallery(place, MODEL) as gallery:
            gallery.add([entry('1.jpg', unit(0, 1), camera='a', time=1.0)])
            gallery.add([entry('v.mp4', unit(2), frame=0)])
            gallery.add([entry('1.jpg', unit(3), content='new')])
            gallery.finish('s', 'v.mp4')
            gallery.skip('s', 'bad.jpg', 'bad')
            gallery.remove(path='1.jpg')
            gallery.set_root('s', '/photos')
            gallery.set_origin(dict(config='a.yaml'))
        server.fault = lambda call, n: None
    one, two = (contents(server, name) for name in ('street', 'reference'))
    assert one == two and len(one) == 5


def contents(server, name):
    """All points, without what differs from run to run."""
    found = {}
    for collection in (name, f'{name}.files'):
        for point in server.client.scroll(collection, limit=99)[0]:
            found[point.id] = dict(point.payload, stamp='', owner='')
    return found


def test_a_server_that_stays_away(server):
    gallery = create_gallery(server.address(), MODEL)
    server.stop()
    with pytest.raises(ConnectionError) as caught:
        gallery.add([entry('1.jpg', unit(0))])
    gallery.close()
    message = str(caught.value)
    assert f'{server.url}/street' in message and 'for 1 seconds' in message
    assert 'run the command again' in message and 'ConnectError' in message
    server.start()
    with open_gallery(server.address()) as gallery:
        assert len(gallery) == 0


def test_a_server_that_refuses(server):
    with create_gallery(server.address(), MODEL) as gallery:
        server.fault = lambda call, n: 'bad'
        with pytest.raises(InputError, match=r'\(400\): Wrong input: no'):
            gallery.add([entry('1.jpg', unit(0))])


@pytest.mark.parametrize('fault', ['odd', 'html', 'empty'])
def test_a_server_of_another_kind(server, fault):
    create_gallery(server.address(), MODEL).close()
    for first in range(len(server.calls), len(server.calls) + 3):
        server.fault = lambda call, n, first=first: (
            fault if n >= first else None
        )
        with pytest.raises(InputError, match='not that of a Qdrant server'):
            open_gallery(server.address())


@pytest.mark.parametrize(
    'version, is_new',
    [('1.15.9', False), ('1.16.0', True), ('2.0.0-dev', True), ('dev', True)],
)
def test_versions_of_a_server(server, version, is_new):
    server.version = version
    if is_new:
        create_gallery(server.address(), MODEL).close()
    else:
        with pytest.raises(InputError, match='is Qdrant 1.15.9; .* 1.16 or'):
            create_gallery(server.address(), MODEL)


def test_the_key_is_sent_and_never_told(monkeypatch, caplog):
    server = QdrantServer(key='s3cret')
    caplog.set_level(logging.DEBUG)
    said = []
    for key in (None, 'wr0ng', 's3cret'):
        if key:
            monkeypatch.setenv(connection.KEY, key)
        try:
            with create_gallery(server.address(), MODEL) as gallery:
                gallery.set_origin(dict(config='a.yaml'))
                said.append(f'{gallery.address} {gallery.origin}')
        except InputError as error:
            said.append(str(error))
    assert 'QDRANT_API_KEY is not set' in said[0]
    assert 'QDRANT_API_KEY is set, but' in said[1]
    assert said[2] == f"{server.url}/street {{'config': 'a.yaml'}}"
    text = ' '.join([*said, caplog.text, str(contents(server, 'street'))])
    assert 'is sent without encryption' in text
    assert 's3cret' not in text and 'wr0ng' not in text
    server.stop()


def test_the_client_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, 'mmdmr.gallery.qdrant.gallery', None)
    with pytest.raises(InputError, match=r"pip install 'mmdmr\[qdrant\]'"):
        gallery_exists('http://localhost:6333/street')
