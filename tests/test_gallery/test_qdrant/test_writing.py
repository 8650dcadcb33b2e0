"""Changes that a kill or a dead server cuts short, at every call."""

from copy import deepcopy

import numpy as np
import pytest
from galleries import MODEL, entry, unit

from mmdmr.gallery import Gallery, create_gallery, open_gallery
from mmdmr.gallery.qdrant import claim

#: Contents of the files: first, and later.
BEFORE = {
    '1.jpg': ('a', (0, 1)),
    '2.jpg': ('b', (2,)),
    'gone.jpg': ('c', (9,)),
}
AFTER = {'1.jpg': ('a2', (3,)), '2.jpg': ('b', (2,)), 'new.jpg': ('d', (4, 5))}
VIDEO = ('v.mp4', [(6,), (), (7, 8)])


@pytest.fixture(autouse=True)
def dead_claims_end_at_once(monkeypatch):
    monkeypatch.setattr(claim, 'SECONDS', -1.0)


def index(gallery, files):
    """Index as the indexer does: what is known and complete is passed over."""
    known = gallery.known('s')
    todo = [
        entry(name, unit(*axes), content=content, time=float(axes[0]))
        for name, (content, axes) in files.items()
        if name not in known
        or not known[name].complete
        or known[name].content_hash != content
    ]
    for start in range(0, len(todo), 2):
        gallery.add(todo[start : start + 2])
    gone = sorted(set(known) - {*files, VIDEO[0], 'bad.jpg'})
    if gone:
        gallery.remove('s', gone)
    name, frames = VIDEO
    if name not in known or not known[name].complete:
        gallery.remove('s', name)
        for frame, axes in enumerate(frames):
            gallery.add([entry(name, unit(*axes), frame=frame)])
        gallery.finish('s', name)
    gallery.skip('s', 'bad.jpg', 'not an image', f'hash of {sorted(files)}')


def shown(gallery):
    """What a gallery holds, but for the numbers of persons and sightings."""
    rows = np.concatenate([rows for rows, _ in gallery.blocks()])
    persons = sorted(
        (p.path, p.frame or 0, p.content_hash, tuple(p.box), tuple(feat))
        for p, feat in zip(gallery.read(rows), gallery.embeddings(rows))
    )
    return (
        persons,
        gallery.known('s'),
        gallery.num_files,
        gallery.num_frames,
        gallery.bad_files(),
        gallery.time_span(),
    )


@pytest.fixture(scope='module')
def expected(tmp_path_factory):
    path = tmp_path_factory.mktemp('expected') / 'g'
    with Gallery.create(path, MODEL) as gallery:
        index(gallery, BEFORE)
        index(gallery, AFTER)
        return shown(gallery)


def test_whatever_call_is_the_last(server, no_patience, expected):
    """The next indexing repairs what the dead server or process left."""
    address = server.address()
    with create_gallery(address, MODEL) as gallery:
        index(gallery, BEFORE)
    filled = deepcopy(server.client)
    with open_gallery(address, write=True) as gallery:
        before = len(server.calls)
        index(gallery, AFTER)
        num = len(server.calls) - before
    assert num > 20
    for last in range(num):
        server.client = deepcopy(filled)
        gallery = open_gallery(address, write=True)
        server.fault = lambda call, n, at=len(server.calls) + last: (
            'last' if n == at else None
        )
        with pytest.raises(ConnectionError):
            # Of the very last call, the next one tells.
            index(gallery, AFTER), gallery.last_row
        gallery.close()
        server.fault, server.is_dead = lambda call, n: None, False
        with open_gallery(address, write=True) as gallery:
            check_nothing_twice(gallery)
            index(gallery, AFTER)
            assert shown(gallery) == expected
            assert gallery.problems() == []


def check_nothing_twice(gallery):
    """Also before the repair."""
    assert gallery.problems() == []
    found = gallery.search(unit(*range(10)), 20, group_sightings=False)
    for rows in found.rows:
        near = gallery.read(rows[rows >= 0])
        places = [(p.path, p.frame, *p.box) for p in near]
        assert len(places) == len(set(places))


def test_numbers_are_those_of_the_local_gallery(server, tmp_path):
    """As long as nothing fails."""
    found = []
    for place in (tmp_path / 'g', server.address()):
        with create_gallery(place, MODEL) as gallery:
            index(gallery, BEFORE)
            index(gallery, AFTER)
            rows = np.concatenate([rows for rows, _ in gallery.blocks()])
            found.append([vars(p) for p in gallery.read(rows)])
            for person in found[-1]:
                person['box'] = person['box'].tolist()
    assert found[0] == found[1] and len(found[0]) == 7


def test_half_a_removal_is_no_complete_file(server, no_patience):
    """Else the next indexing would take the rest for everything."""
    with create_gallery(server.address(), MODEL) as gallery:
        gallery.add([entry('1.jpg', unit(0, 1))])
        server.fault = lambda call, n: (
            'die' if call == 'POST /collections/street/points/delete' else None
        )
        with pytest.raises(ConnectionError):
            gallery.remove('s', '1.jpg')
    server.fault, server.is_dead = lambda call, n: None, False
    with open_gallery(server.address()) as gallery:
        assert not gallery.known('s')['1.jpg'].complete
