"""A search in Qdrant gives the answers of the local gallery."""

import numpy as np
import pytest
from galleries import DIM, MODEL, entry, unit, views

from mmdmr.gallery import Filters, Gallery, create_gallery


def fill(gallery, rng, num=300):
    """Photographs, videos with long sightings, doubles; some removed."""
    feats = np.abs(views(rng, num // 10, 10))
    feats[40:60] = feats[40]
    for start in range(0, num, 20):
        gallery.add(
            [
                entry(
                    f'{i}.jpg' if i < 200 else 'v.mp4',
                    feats[i],
                    source='ab'[i % 2] if i < 200 else 'v',
                    camera=('', 'door', 'hall')[i % 3],
                    time=None if i % 7 == 0 else i / 10,
                    scores=[0.5 + i / 1000],
                    frame=None if i < 200 else i,
                    sightings=None
                    if i < 200
                    else np.array([10_000 + i // 40]),
                )
                for i in range(start, start + 20)
            ]
        )
    gallery.finish('v', 'v.mp4')
    gallery.remove('a', [f'{i}.jpg' for i in range(0, 100, 10)])
    gallery.skip('a', 'bad.jpg', 'not an image', 'x')


@pytest.fixture(scope='module')
def local(tmp_path_factory):
    path = tmp_path_factory.mktemp('local') / 'g'
    with Gallery.create(path, MODEL) as gallery:
        fill(gallery, np.random.default_rng(0))
        yield gallery


@pytest.fixture
def remote(server):
    with create_gallery(server.address(), MODEL) as gallery:
        fill(gallery, np.random.default_rng(0))
        yield gallery


FILTERS = [
    Filters(),
    Filters(sources=['a', 'none']),
    Filters(sources=[]),
    Filters(cameras=['door', '']),
    Filters(cameras=['hall'], sources=['v', 'b'], time=(3, None)),
    Filters(time=(None, 12.3)),
    Filters(time=(None, None), min_score=0.55),
    Filters(time=(float('-inf'), float('inf'))),
    Filters(min_score=0.7),
    Filters(without_rows=range(5, 250)),
    Filters(sources=['none']),
]


def test_answers_are_those_of_the_local_gallery(local, remote):
    rng = np.random.default_rng(1)
    queries = np.abs(rng.standard_normal((2, DIM)))
    for number, filters in enumerate(FILTERS):
        for top_k in (1, 12, 400):
            for grouped in (True, False):
                exact = (number + top_k) % 2 == 0
                args = (queries, top_k, filters, exact, grouped)
                one, two = local.search(*args), remote.search(*args)
                assert one.num_searched == two.num_searched, filters
                check_equal(one, two, local)


def check_equal(one, two, local):
    """Equal rows; equally similar persons may change places."""
    np.testing.assert_allclose(one.similarities, two.similarities, atol=1e-6)
    for ours, theirs, near in zip(one.rows, two.rows, one.similarities):
        differ = np.flatnonzero(ours != theirs)
        for place in differ:
            feats = local.embeddings([ours[place], theirs[place]])
            assert (feats[0] == feats[1]).all()
        # Neither more nor fewer, and nobody twice.
        assert ((ours < 0) == (near == -np.inf)).all()
        found = theirs[theirs >= 0]
        assert len(set(found)) == len(found)


def test_contents_are_those_of_the_local_gallery(local, remote):
    assert len(local) == len(remote) == 290
    for what in ('num_files', 'num_frames', 'next_sighting', 'last_row'):
        assert getattr(local, what) == getattr(remote, what), what
    for what in ('sources', 'cameras', 'time_span', 'bad_files'):
        assert getattr(local, what)() == getattr(remote, what)(), what
    for source in 'abv':
        assert local.known(source) == remote.known(source)
    blocks = list(zip(local.blocks(64), remote.blocks(64)))
    assert len(blocks) == 5
    for (rows, feats), (their_rows, their_feats) in blocks:
        assert rows.tolist() == their_rows.tolist()
        assert (feats == their_feats).all()
        for one, two in zip(local.read(rows), remote.read(rows)):
            assert one.box.tolist() == two.box.tolist()
            assert {**vars(one), 'box': 0} == {**vars(two), 'box': 0}
    assert local.rows_of_content('hash') == remote.rows_of_content('hash')
    numbers = [3, 10_005, 10_006, 77_777]
    assert local.sightings(numbers) == remote.sightings(numbers)


def test_a_least_score_is_compared_in_float32(address):
    """0.9 keeps 0.9, as float32 and as float64."""
    scores = [0.9, np.float32(0.9), np.nextafter(np.float32(0.9), 0)]
    with create_gallery(address, MODEL) as gallery:
        for i, score in enumerate(scores):
            gallery.add([entry(f'{i}.jpg', unit(0), scores=[score])])
        found = gallery.search(unit(0), 5, Filters(min_score=0.9))
        assert found.rows[0].tolist() == [1, 2, -1, -1, -1]


def test_a_long_sighting_hides_nobody(remote, server):
    """Hundreds of views of one person are more similar than the next one."""
    start = unit(15)[0] + 0.2 * unit(14)[0]
    for i in range(0, 200, 50):
        remote.add(
            [
                entry(
                    'long.mp4',
                    start + 1e-3 * (i + k) * unit(13)[0],
                    source='w',
                    frame=i + k,
                    sightings=np.array([99_999]),
                )
                for k in range(50)
            ]
        )
    remote.add([entry('next.jpg', unit(15) + unit(12), source='w')])
    before = len(server.calls)
    found = remote.search(unit(15), 3, Filters(sources=['w']))
    assert found.rows[0, 2] == -1
    near = remote.read(found.rows[0, :2])
    assert [p.path for p in near] == ['long.mp4', 'next.jpg']
    assert near[0].frame == 0
    requests = server.calls[before:].count(
        'POST /collections/street/points/query'
    )
    assert 2 <= requests <= 4


def test_a_query_that_the_server_rounds(remote):
    """Of many persons that are equally similar, but for 0.0001."""
    rng = np.random.default_rng(3)
    only = Filters(sources=['n'])
    queries = rng.standard_normal((8, DIM))
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    for query in queries:
        remote.remove('n')
        aside = rng.standard_normal((60, DIM))
        aside -= (aside @ query)[:, None] * query
        aside /= np.linalg.norm(aside, axis=1, keepdims=True)
        near = 0.6 * query + 0.8 * aside
        rows = remote.add([entry('near.jpg', near, source='n')])
        exact = remote.embeddings(rows).astype(np.float64) @ query
        found = remote.search(query[None], 1, only)
        assert found.rows[0, 0] == rows[np.argmax(exact)]
        assert abs(found.similarities[0, 0] - exact.max()) < 1e-6


@pytest.mark.parametrize('exact', [False, True])
def test_quantised_embeddings_do_not_decide(remote, server, exact):
    remote.search(unit(0), 3, exact=exact)
    params = server.search_params
    assert params.exact == params.quantization.ignore == exact
    assert params.quantization.rescore
