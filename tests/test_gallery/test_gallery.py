"""Galleries of every kind: what is added is found, read, removed again."""

from dataclasses import replace

import numpy as np
import pytest
from galleries import (
    DIM,
    MODEL,
    check_matches,
    entry,
    plain_search,
    stored,
    unit,
    views,
)

from mmdmr.errors import InputError
from mmdmr.gallery import (
    Entry,
    FileState,
    Filters,
    Sighting,
    create_gallery,
    open_gallery,
)
from mmdmr.gallery.addresses import is_qdrant
from mmdmr.structures import Detections


def test_everything_comes_back_in_another_process(address, tmp_path):
    boxes = np.array([[1.5, 2.25, 40, 90], [0, 0, 1e4, 1e-3]])
    with create_gallery(address, MODEL) as gallery:
        rows = gallery.add(
            [
                entry('a/1.jpg', [], camera='empty'),
                entry(
                    'a/2.mp4',
                    unit(3, 4),
                    boxes=boxes,
                    scores=[0.25, 0.75],
                    camera='door',
                    time=1.5,
                    frame=7,
                    sightings=np.array([5, 9]),
                    size_bytes=77,
                    mtime_ns=2**62,
                ),
            ]
        )
        gallery.set_root('s', tmp_path)
    with open_gallery(address, MODEL) as gallery:
        assert gallery.model == MODEL and gallery.stored == 'float16'
        assert (len(gallery), gallery.num_files, gallery.num_frames) == (
            2,
        ) * 3
        assert gallery.sources() == ['s']
        assert gallery.cameras() == ['empty', 'door']
        assert gallery.roots == {'s': str(tmp_path)}
        assert gallery.time_span() == (1.5, 1.5)
        assert gallery.next_sighting == 10
        second, first = gallery.read(rows[::-1])
        assert (first.row, second.row) == tuple(rows)
        assert (first.source, first.path) == ('s', 'a/2.mp4')
        assert (first.content_hash, first.size) == ('hash', (640, 480))
        assert (first.camera, first.time, first.frame) == ('door', 1.5, 7)
        assert (first.score, first.sighting) == (0.25, 5)
        assert second.box.tolist() == boxes[1].tolist()
        assert (gallery.embeddings(rows) == unit(3, 4)).all()
        assert gallery.known('s') == {
            'a/1.jpg': FileState('hash', 0, 0, True),
            'a/2.mp4': FileState('hash', 77, 2**62, False),
        }
        assert gallery.known('other') == {}


def test_a_photograph_replaces_itself(gallery):
    gallery.add([entry('1.jpg', unit(0, 1)), entry('2.jpg', unit(2))])
    gallery.add([entry('1.jpg', unit(5), content='new')])
    found = gallery.search(unit(0, 5), top_k=3)
    assert len(gallery) == 2 and gallery.num_files == 2
    assert found.similarities[:, 0].tolist() == [0, 1]
    assert gallery.known('s')['1.jpg'].content_hash == 'new'


def test_another_content_drops_all_frames_of_a_video(gallery):
    frames = [entry('v.mp4', unit(i), frame=i) for i in range(3)]
    gallery.add(frames)
    gallery.add([replace(frames[1], time=4.0)])
    assert len(gallery) == 3
    gallery.finish('s', 'v.mp4')
    assert gallery.known('s')['v.mp4'].complete
    gallery.add([entry('v.mp4', unit(9), content='new', frame=0)])
    assert len(gallery) == 1
    assert not gallery.known('s')['v.mp4'].complete
    with pytest.raises(InputError, match='not a file of the source'):
        gallery.finish('s', 'w.mp4')


def test_a_batch_may_name_a_frame_twice(gallery):
    gallery.add([entry('1.jpg', unit(0)), entry('1.jpg', unit(1))])
    assert len(gallery) == 1
    assert gallery.search(unit(1)).similarities[0, 0] == 1


def test_bad_files_are_named_and_keep_what_they_gave(gallery):
    gallery.add([entry('v.mp4', unit(0), frame=0)])
    gallery.skip('s', 'v.mp4', 'ends early', 'hash', 5, 6)
    gallery.skip('s', 'x.jpg', 'not an image', 'h2')
    assert gallery.bad_files() == [
        ('s', 'v.mp4', 'ends early'),
        ('s', 'x.jpg', 'not an image'),
    ]
    assert gallery.known('s')['v.mp4'] == FileState(
        'hash', 5, 6, True, 'ends early'
    )
    assert len(gallery) == 1 and gallery.num_files == 0
    gallery.add([entry('x.jpg', unit(1), content='h3')])
    assert [path for _, path, _ in gallery.bad_files()] == ['v.mp4']
    # Another content, which cannot be read: the old persons are no longer
    # there.
    gallery.skip('s', 'x.jpg', 'truncated', 'h4')
    assert len(gallery) == 1


def test_removal(gallery):
    for source in 'ab':
        gallery.add(
            [entry(f'{i}.jpg', unit(i), source=source) for i in range(3)]
        )
    assert gallery.remove('a', '1.jpg') == 1
    assert gallery.remove('a', '1.jpg') == 0
    assert gallery.remove(path='2.jpg') == 2
    assert gallery.remove('b', ['0.jpg', '1.jpg', 'none.jpg']) == 2
    assert gallery.sources() == ['a'] and len(gallery) == 1
    with pytest.raises(InputError, match='name the source'):
        gallery.remove()
    with pytest.raises(InputError, match='holds no person 2'):
        gallery.read([1, 2])


def test_numbers_are_never_given_twice(gallery):
    first = gallery.add([entry('1.jpg', unit(0, 1))])
    gallery.remove('s')
    second = gallery.add([entry('1.jpg', unit(2))])
    assert second[0] > first.max()
    assert gallery.read(second)[0].sighting == 2


def test_names_of_all_kinds(gallery):
    names = ['ü/日本 🙂.jpg', 'zo\udceb.jpg', "it's; --.jpg", 'a\ud800', '%_']
    for name in names:
        gallery.add([entry(name, unit(0), source=name, camera=name)])
        gallery.skip(name, 'bad' + name, name)
        gallery.set_root(name, name)
    assert gallery.sources() == gallery.cameras() == names
    assert list(gallery.roots.values()) == names
    people = gallery.read(gallery.search(unit(0), 5).rows[0])
    assert {(p.source, p.path, p.camera) for p in people} == {
        (name,) * 3 for name in names
    }
    for name in names:
        found = gallery.search(unit(0), 5, Filters(cameras=[name]))
        assert found.num_searched == 1
        assert set(gallery.known(name)) == {name, 'bad' + name}
        assert gallery.remove(name, name) == 1


def test_filters_and_their_open_ends(gallery):
    for i, time in enumerate([None, 0.0, 1.0, 2.0]):
        gallery.add(
            [
                entry(
                    f'{i}.jpg',
                    unit(0),
                    source='ab'[i % 2],
                    camera='xyz'[i % 3],
                    time=time,
                    scores=[i / 10],
                )
            ]
        )

    def found(**conditions):
        rows = gallery.search(unit(0), 9, Filters(**conditions)).rows[0]
        return sorted(p.path[0] for p in gallery.read(rows[rows >= 0]))

    assert found() == ['0', '1', '2', '3']
    assert found(sources=['b', 'none']) == ['1', '3']
    assert found(sources=[]) == []
    assert found(cameras=['x', 'z']) == ['0', '2', '3']
    assert found(cameras=['']) == []
    assert found(time=(1, None)) == ['2', '3']
    assert found(time=(None, 1)) == ['1', '2']
    assert found(time=(None, None)) == ['1', '2', '3']
    assert found(min_score=0.2) == ['2', '3']
    assert found(sources=['b'], cameras=['x'], time=(0, 9)) == ['3']


@pytest.mark.parametrize(
    'conditions, message',
    [
        (dict(time=(2, 1)), 'end before it begins'),
        (dict(time=(float('nan'), 1)), 'end before it begins'),
        (dict(min_score=float('nan')), 'least score'),
        (dict(sources='abc'), 'list of names'),
        (dict(cameras='abc'), 'list of names'),
    ],
)
def test_wrong_filters(conditions, message):
    with pytest.raises(InputError, match=message):
        Filters(**conditions)


def test_search_is_a_plain_loop(fast_address):
    check_search(fast_address, 'float16')


def test_search_of_int8_is_a_plain_loop(tmp_path):
    check_search(tmp_path / 'g', 'int8')


def check_search(address, kind):
    rng = np.random.default_rng(0)
    feats = views(rng, 30, 4)
    feats[50:60] = feats[20]
    sightings = rng.integers(0, 40, len(feats))
    with create_gallery(address, MODEL, stored=kind) as gallery:
        rows = gallery.add(
            [
                entry(f'{i}.jpg', 7 * feats[i], sightings=sightings[i : i + 1])
                for i in range(len(feats))
            ]
        )
        people = dict(zip(rows, zip(stored(feats, kind), sightings)))
        queries = np.concatenate([5 * views(rng, 8, 1), feats[20:21]])
        for top_k in (1, 7, 300):
            for group in (False, True):
                found = gallery.search(queries, top_k, group_sightings=group)
                check_matches(found, queries, people, top_k, group)
                again = gallery.search(
                    queries, top_k, exact=True, group_sightings=group
                )
                assert (again.rows == found.rows).all()
        decoded = gallery.embeddings(rows)
        np.testing.assert_allclose(decoded, stored(feats, kind), atol=1e-6)
        blocks = list(gallery.blocks(size=50))
        assert [len(rows) for rows, _ in blocks] == [50, 50, 20]
        assert (np.concatenate([b for _, b in blocks]) == decoded).all()


def test_equal_persons_come_by_number(gallery):
    gallery.add([entry(f'{i}.jpg', unit(0)) for i in range(30)])
    found = gallery.search(unit(0), 30)
    assert found.rows[0].tolist() == list(range(1, 31))


def test_a_sighting_is_ranked_once_by_its_best_view(gallery):
    feats = unit(0, 0, 1, 2) + 0.1 * unit(3, 4, 5, 6)
    feats[1] += 0.3 * unit(7)[0]
    for i, sighting in enumerate([4, 4, 8, 8]):
        gallery.add(
            [
                entry(
                    'v.mp4',
                    feats[i],
                    frame=i,
                    time=i / 2,
                    sightings=np.array([sighting]),
                )
            ]
        )
    found = gallery.search(unit(0), 4)
    assert found.rows[0, :1].tolist() == [1] and found.rows[0, 2] == -1
    assert gallery.sightings([4, 8, 77]) == {
        4: Sighting(4, 0.0, 0.5, 2),
        8: Sighting(8, 1.0, 1.5, 2),
    }


def test_nothing_to_search(gallery):
    for exact in (False, True):
        found = gallery.search(unit(0, 1), 3, exact=exact)
        assert found.rows.tolist() == [[-1] * 3] * 2
        assert found.num_searched == 0
    gallery.add([entry('1.jpg', unit(0))])
    assert gallery.search(np.empty((0, DIM)), 3).rows.shape == (0, 3)
    found = gallery.search(unit(0), 3, Filters(sources=['none']))
    assert found.rows.tolist() == [[-1] * 3]


@pytest.mark.parametrize(
    'feats, top_k, message',
    [
        (np.ones((1, 3)), 5, r'shape \(number, 16\)'),
        (np.ones(DIM), 5, r'shape \(number, 16\)'),
        (np.zeros((1, DIM)), 5, 'zero or not finite'),
        (np.full((1, DIM), np.nan), 5, 'zero or not finite'),
        (np.ones((1, DIM)), 0, 'top_k must be 1'),
    ],
)
def test_wrong_queries(gallery, feats, top_k, message):
    with pytest.raises(InputError, match=message):
        gallery.search(feats, top_k)


@pytest.mark.parametrize(
    'wrong, message',
    [
        (entry('b', np.zeros(DIM)), 'b: embedding 0 is zero'),
        (entry('b', unit(0), time=np.nan), 'the time is nan'),
        (entry('b', unit(0), frame=-1), 'frame -1 is below 0'),
        (entry('b', unit(0), sightings=np.array([1, 2])), 'sightings must'),
        (entry('b', unit(0), sightings=np.array([-1])), 'sightings must'),
        (
            Entry(
                's',
                'b',
                '',
                (9, 9),
                Detections.from_counts(
                    np.zeros((1, 4)), np.ones(1), np.ones((1, 3)), [1]
                ),
            ),
            'length 3, but the gallery holds embeddings of length 16',
        ),
        (
            Entry(
                's',
                'b',
                '',
                (9, 9),
                Detections.from_counts(
                    np.zeros((2, 4)), np.ones(2), np.ones((2, DIM)), [1, 1]
                ),
            ),
            'one image, not of 2',
        ),
    ],
)
def test_a_wrong_entry_leaves_the_batch_out(gallery, wrong, message):
    with pytest.raises(InputError, match=message):
        gallery.add([entry('a', unit(0)), wrong])
    assert len(gallery) == gallery.num_files == 0


def test_an_interrupted_batch_leaves_nothing(gallery, monkeypatch):
    class Stopping:
        dtype = np.dtype(np.int64)
        shape = (1,)

        def __array__(self, *args, **kwargs):
            return np.array([0])

        def __iter__(self):
            raise KeyboardInterrupt

    bad = replace(entry('b', unit(0)), sightings=Stopping())
    with pytest.raises(KeyboardInterrupt):
        gallery.add([entry('a', unit(0)), bad])
    assert len(gallery) == 0
    gallery.add([entry('a', unit(0))])
    assert len(gallery) == 1


def test_random_changes_against_a_plain_model(fast_address):
    """Add, replace, remove, reopen, index; every search as a plain loop."""
    address = fast_address
    rng = np.random.default_rng(5)
    gallery = create_gallery(address, MODEL)
    model = {}
    for step in range(40 if is_qdrant(address) else 200):
        action = rng.random()
        if action < 0.6:
            _add_some(gallery, model, rng)
        elif action < 0.75:
            source, name = rng.choice(['a', 'b']), f'{rng.integers(40)}.jpg'
            gone = [r for r, p in model.items() if p[2:4] == (source, name)]
            assert gallery.remove(source, name) == len(gone)
            for row in gone:
                del model[row]
        elif action < 0.8:
            gallery.close()
            gallery = open_gallery(address, MODEL, write=True)
        elif action < 0.85:
            gallery.build_index(min_persons=2)
        assert len(gallery) == len(model)
        if step % 5 == 0:
            _compare(gallery, model, rng)
    assert is_qdrant(address) or gallery.index_status().built is not None
    gallery.close()


def _add_some(gallery, model, rng):
    for _ in range(rng.integers(1, 5)):
        source, name = str(rng.choice(['a', 'b'])), f'{rng.integers(40)}.jpg'
        num = rng.integers(0, 9)
        feats = rng.standard_normal((num, DIM))
        sightings = rng.integers(0, 200, num)
        rows = gallery.add(
            [entry(name, feats, source=source, sightings=sightings)]
        )
        for row in [r for r, p in model.items() if p[2:4] == (source, name)]:
            del model[row]
        for row, feat, sighting in zip(rows, stored(feats), sightings):
            model[row] = (feat, sighting, source, name)


def _compare(gallery, model, rng):
    queries = rng.standard_normal((2, DIM))
    group = bool(rng.random() < 0.5)
    source = str(rng.choice(['a', 'b']))
    for sources in (None, [source]):
        people = {
            row: person[:2]
            for row, person in model.items()
            if sources is None or person[2] in sources
        }
        exact = gallery.search(
            queries, 4, Filters(sources), exact=True, group_sightings=group
        )
        check_matches(exact, queries, people, 4, group)
        assert exact.num_searched == len(people)
        fast = gallery.search(
            queries, 4, Filters(sources), group_sightings=group
        )
        assert (fast.rows == exact.rows).all()
        assert fast.num_searched == len(people)


def test_the_plain_search_groups():
    people = {1: (unit(0)[0], 7), 2: (unit(0)[0] / 2, 7), 3: (unit(1)[0], 8)}
    assert plain_search(unit(0)[0], people, 5, True) == [(1, 1), (0, 3)]


def test_the_last_row_bounds_the_number_of_persons(address):
    with create_gallery(address, MODEL) as gallery:
        assert gallery.last_row == 0
        rows = gallery.add(
            [entry(f'{i}.jpg', unit(0, 1, 2)) for i in range(4)]
        )
        assert gallery.last_row == rows[-1] == len(gallery) == 12
        gallery.remove(path='0.jpg')
        assert (gallery.last_row, len(gallery)) == (12, 9)
