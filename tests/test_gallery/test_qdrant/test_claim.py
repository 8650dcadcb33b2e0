"""Two writers on one gallery: one of them writes, the other is told."""

import os
import re
import socket
import subprocess
import sys
import textwrap

import pytest
from galleries import MODEL, entry, unit

from mmdmr.errors import InputError
from mmdmr.gallery import create_gallery, open_gallery
from mmdmr.gallery.qdrant import claim


def test_a_second_writer_is_told_who_writes(server):
    with create_gallery(server.address(), MODEL) as gallery:
        gallery.add([entry('1.jpg', unit(0))])
        with pytest.raises(InputError) as caught:
            open_gallery(server.address(), write=True)
        message = str(caught.value)
        assert f'by process {os.getpid()} on {socket.gethostname()}' in message
        assert re.search(r'since 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC', message)
        assert 'its claim ends at 20' in message
        # Any number of processes may read.
        with open_gallery(server.address()) as reader:
            assert len(reader) == 1
    open_gallery(server.address(), write=True).close()


def test_a_killed_writer_is_followed_by_the_next(server):
    """Its claim ends some time after its last write."""
    helpers = os.path.dirname(sys.modules['galleries'].__file__)
    program = textwrap.dedent(f"""
        import os, sys
        sys.path.insert(0, {helpers!r})
        from galleries import MODEL, entry, unit
        from mmdmr.gallery import create_gallery
        from mmdmr.gallery.qdrant import claim
        claim.SECONDS = 2.0
        gallery = create_gallery({server.address()!r}, MODEL)
        gallery.add([entry('1.jpg', unit(0))])
        os._exit(9)
    """)
    killed = subprocess.run([sys.executable, '-c', program])
    assert killed.returncode == 9
    with pytest.raises(InputError, match='being written to by process'):
        open_gallery(server.address(), write=True)
    head = server.client.scroll('street.files', limit=9)[0]
    (owner,) = [p.payload['owner'] for p in head if 'owner' in p.payload]
    claim.time.sleep(max(owner['until'] - claim.time.time(), 0) + 0.01)
    with open_gallery(server.address(), write=True) as gallery:
        gallery.add([entry('2.jpg', unit(1))])
        assert len(gallery) == 2


@pytest.fixture
def short_claims(monkeypatch):
    """As if each process were silent for too long between two calls."""
    monkeypatch.setattr(claim, 'SECONDS', -1.0)


def test_a_writer_that_comes_back_stops_without_writing(server, short_claims):
    first = create_gallery(server.address(), MODEL)
    first.add([entry('1.jpg', unit(0))])
    with open_gallery(server.address(), write=True) as second:
        for change in (
            lambda: first.add([entry('2.jpg', unit(1))]),
            lambda: first.finish('s', '1.jpg'),
            lambda: first.skip('s', '1.jpg', 'bad', 'other'),
            lambda: first.remove('s'),
            lambda: first.set_root('s', '/'),
            lambda: first.set_origin({}),
        ):
            with pytest.raises(InputError, match='has been taken over by pro'):
                change()
        first.close()
        second.add([entry('3.jpg', unit(2))])
        assert set(second.known('s')) == {'1.jpg', '3.jpg'}
        assert second.roots == {'s': ''} and len(second) == 2


def test_a_write_under_way_when_the_claim_is_lost(server, short_claims):
    """A computer sleeps in the middle of a batch, another one takes over."""
    first = create_gallery(server.address(), MODEL)
    second = []

    def take_over(call, number):
        if call == 'PUT /collections/street/points' and not second:
            second.append(open_gallery(server.address(), write=True))
            second[0].add([entry('1.jpg', unit(5))])

    server.fault = take_over
    with pytest.raises(InputError, match='taken over'):
        first.add([entry('1.jpg', unit(0)), entry('2.jpg', unit(1))])
    first.close()
    (second,) = second
    assert [p.path for p in second.read([3])] == ['1.jpg'] and len(second) == 1
    assert second.search(unit(5)).similarities[0, 0] == 1
    # The batch of the first writer is not complete: it is indexed again.
    assert not second.known('s')['2.jpg'].complete
    second.close()


def test_of_two_writers_at_once_one_is_refused(server, monkeypatch):
    """Both see a free gallery; the conditional write lets one in."""
    create_gallery(server.address(), MODEL).close()
    others = []

    def step_in(call, number):
        if call == 'PUT /collections/street.files/points' and not others:
            others.append(None)
            others[0] = open_gallery(server.address(), write=True)

    server.fault = step_in
    with pytest.raises(InputError, match='being written to by process'):
        open_gallery(server.address(), write=True)
    others[0].add([entry('1.jpg', unit(0))])
    others[0].close()


def test_two_processes_make_one_gallery(server):
    made = []

    def step_in(call, number):
        if call == 'PUT /collections/street.files/points' and not made:
            made.append(None)
            made[0] = create_gallery(server.address(), MODEL)

    server.fault = step_in
    with pytest.raises(InputError, match='another process made the gallery'):
        create_gallery(server.address(), MODEL)
    made[0].add([entry('1.jpg', unit(0))])
    made[0].close()


def test_a_folder_is_opened_once(tmp_path):
    address = f'qdrant:{tmp_path / "g"}'
    with create_gallery(address, MODEL):
        for write in (False, True):
            with pytest.raises(InputError, match='only one process at a time'):
                open_gallery(address, write=write)
    # A killed process leaves its claim, but not the lock of the folder.
    gallery = create_gallery(f'qdrant:{tmp_path / "h"}', MODEL)
    gallery._store.close()
    open_gallery(f'qdrant:{tmp_path / "h"}', write=True).close()
