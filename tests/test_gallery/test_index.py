"""The index: found as by exact search, followed and distrusted."""

import re
import shutil
import struct
import sys
from dataclasses import replace

import numpy as np
import pytest
from galleries import MODEL, entry, unit, views

from mmdmr.errors import InputError
from mmdmr.gallery import Filters, Gallery, removed
from mmdmr.gallery.codes import Codes, fast_floats
from mmdmr.gallery.derived import IndexState
from mmdmr.gallery.vectors import unit_rows
from mmdmr.structures import Detections, ModelInfo

NUM = 2000


@pytest.fixture(scope='module')
def filled(tmp_path_factory):
    """A gallery of 100 persons with 20 views each, with an index."""
    path = tmp_path_factory.mktemp('galleries') / 'g'
    rng = np.random.default_rng(0)
    feats = rng.permutation(views(rng, 100, 20))
    with Gallery.create(path, MODEL) as gallery:
        gallery.add(
            [
                entry(
                    f'{i}.jpg',
                    feats[4 * i : 4 * i + 4],
                    source=f's{i % 50}',
                    camera='a' if feats[4 * i, 0] > 0 else 'b',
                    time=float(i),
                )
                for i in range(NUM // 4)
            ]
        )
        assert gallery.build_index() is None
        assert gallery.build_index(min_persons=NUM).recall >= 0.95
    return path


@pytest.fixture
def gallery(filled, tmp_path):
    shutil.copytree(filled, tmp_path / 'g')
    with Gallery.open(tmp_path / 'g', write=True) as gallery:
        yield gallery


def queries(seed=1, num=40):
    rng = np.random.default_rng(seed)
    # The persons of the gallery, seen anew.
    centres = views(np.random.default_rng(0), 100, 20)[::20]
    feats = centres[rng.integers(0, 100, num)]
    return feats + 0.1 * rng.standard_normal(feats.shape)


def recall(found, exact):
    pairs = zip(found.rows, exact.rows)
    return np.mean([len(set(a) & set(b)) / len(set(b)) for a, b in pairs])


@pytest.mark.parametrize(
    'filters',
    [
        Filters(),
        Filters(sources=['s7']),
        Filters(sources=['s7', 's8', 's9', 's10']),
        Filters(time=(None, 250)),
        Filters(cameras=['a']),
        Filters(sources=['none']),
        Filters(min_score=2),
    ],
)
@pytest.mark.parametrize('group', [False, True])
def test_it_finds_what_exact_search_finds(gallery, filters, group):
    feats = queries()
    exact = gallery.search(feats, 10, filters, True, group)
    together = gallery.search(feats, 10, filters, False, group)
    assert gallery.index_status().built.num_rows == NUM
    assert recall(together, exact) >= 0.97
    assert together.num_searched == exact.num_searched
    for i in range(5):
        alone = gallery.search(feats[i : i + 1], 10, filters, False, group)
        assert (alone.rows[0] == together.rows[i]).all()
    same = together.rows == exact.rows
    assert (together.similarities[same] == exact.similarities[same]).all()


@pytest.fixture
def asked(monkeypatch):
    """Numbers of candidates that the codes are scanned for."""
    from mmdmr.gallery.codes import Codes

    asked = []
    scan = Codes.scan
    monkeypatch.setattr(
        Codes, 'scan', lambda self, *a: asked.append(a[1]) or scan(self, *a)
    )
    return asked


def test_it_is_used_at_all(gallery, asked):
    """Without this, all tests here might pass by exact search."""
    gallery.search(queries(), 10)
    assert asked and max(asked) < NUM / 4
    assert gallery.search(queries(num=0), 3).rows.shape == (0, 3)
    asked.clear()
    gallery.search(queries(), 10, exact=True)
    assert not asked


def test_filters_that_go_with_likeness(gallery):
    """The nearest are all filtered out: more candidates are looked for."""
    feats = queries(num=1)
    for rows in gallery.search(feats, 200).rows:
        for path in {person.path for person in gallery.read(rows)}:
            gallery.remove(path=path)
    assert gallery.index_status().num_removed >= 200
    for filters in (Filters(), Filters(time=(0, 400))):
        exact = gallery.search(feats, 10, filters, exact=True)
        found = gallery.search(feats, 10, filters)
        assert recall(found, exact) >= 0.9
        assert found.num_searched == exact.num_searched > 0


def test_filters_that_leave_few_of_the_nearest(gallery, asked):
    """Enough are found, but too deep in the ranking to be sure of them."""
    feats = unit_rows(queries(num=1), 'query')
    assert gallery.index_status().built
    index = gallery._searcher.index
    near = index.rank(feats, 40, None, grouped=False).rows[0]
    kept = ~np.isin(index.columns.rows, near[:34])
    asked.clear()
    found = index.rank(feats, 3, kept, grouped=False)
    assert len(asked) == 2 and asked[1] > asked[0] >= 40
    assert found.rows[0].tolist() == near[34:37].tolist()


def test_one_sighting_has_all_of_the_nearest(gallery):
    feats = np.tile(unit(3), (600, 1)) + 1e-3 * views(
        np.random.default_rng(0), 600, 1
    )
    gallery.add([entry('v', feats, frame=0, sightings=np.full(600, 10**6))])
    gallery.build_index(min_persons=1)
    found = gallery.search(unit(3), 8)
    exact = gallery.search(unit(3), 8, exact=True)
    assert (found.rows[0, 0] == exact.rows[0, 0]).all()
    assert recall(found, exact) == 1


def test_later_persons_are_found_at_once(gallery):
    with Gallery.open(gallery.path) as reader:
        assert reader.search(unit(5)).similarities[0, 0] < 0.999
        gallery.add([entry('new.jpg', unit(5), camera='new')])
        for either in (gallery, reader):
            assert either.search(unit(5)).similarities[0, 0] == 1
            only = either.search(unit(5), 4, Filters(cameras=['new']))
            assert only.num_searched == 1 and only.rows[0, 1] == -1
            assert either.index_status().num_later == 1
        gallery.build_index(1)
        assert reader.index_status().num_later == 0
        assert reader.search(unit(5)).similarities[0, 0] == 1


def test_removed_persons_never_come_back(gallery):
    with Gallery.open(gallery.path) as reader:
        feats = queries(num=5)
        before = reader.search(feats, 10)
        reader.search(feats, 10, exact=True)
        paths = {p.path for p in gallery.read(before.rows.ravel())}
        for path in paths:
            gallery.remove(path=path)
        for _ in range(2):
            for exact in (False, True):
                after = reader.search(feats, 10, exact=exact)
                assert not set(after.rows.ravel()) & set(before.rows.ravel())
                assert after.num_searched == len(gallery)
            assert reader.index_status().num_removed in (4 * len(paths), 0)
            gallery.build_index(1)
        assert reader.index_status().num_removed == 0


@pytest.mark.parametrize('built', [True, False])
def test_numbers_of_removed_persons_do_not_pile_up(
    gallery, tmp_path, monkeypatch, built
):
    """Readers that last looked before they were forgotten miss nothing."""
    monkeypatch.setattr(removed, '_MOST_REMOVED', 10)
    if not built:
        gallery = Gallery.create(tmp_path / 'h', MODEL)
    rng = np.random.default_rng(3)

    def add(name):
        gallery.add([entry(name, views(rng, 4, 1))])

    def num_kept():
        sql = 'SELECT count(*) FROM removed WHERE row > ?'
        last = gallery.index_status().built.last_row if built else 0
        return gallery._store.one(sql, last)[0]

    add('first')
    feats = queries(num=5)
    with Gallery.open(gallery.path) as late, Gallery.open(gallery.path) as now:
        for exact in (False, True):
            late.search(feats, 10, exact=exact)
        if built:
            gallery.remove(path=['0.jpg', '1.jpg', '2.jpg', '3.jpg'])
        kept = []
        for i in range(9):
            add(f'{i}.jpg new')
            gallery.remove(path='first' if not i else f'{i - 1}.jpg new')
            kept.append(num_kept())
            for exact in (False, True):
                found = now.search(feats, 10, exact=exact)
                assert found.num_searched == len(gallery)
        assert kept == [4, 8, 0, 4, 8, 0, 4, 8, 0]
        for exact in (False, True):
            found = late.search(feats, 10, exact=exact)
            assert found.num_searched == len(gallery)
            fresh = gallery.search(feats, 10, exact=exact)
            assert np.array_equal(found.rows, fresh.rows)
    if built:
        # The index still holds them.
        assert gallery.index_status().num_removed == 16
    gallery.close()


def test_an_old_index_is_removed(gallery):
    (gallery.path / 'index-of-a-killed-process').mkdir()
    first = gallery.index_status().built
    second = gallery.build_index(1)
    assert first.folder != second.folder
    assert [x.name for x in gallery.path.glob('index-*')] == [second.folder]
    assert second.num_bytes == sum(
        x.stat().st_size for x in (gallery.path / second.folder).iterdir()
    )


def test_it_may_be_deleted(gallery):
    exact = gallery.search(queries(), 10, exact=True)
    gallery.close()
    shutil.rmtree(next(gallery.path.glob('index-*')))
    with Gallery.open(gallery.path, write=True) as again:
        found = again.search(queries(), 10)
        assert (found.rows == exact.rows).all()
        assert 'No such file' in again.index_status().note
        again.build_index(1)
        assert not again.index_status().note


@pytest.mark.parametrize(
    'name', ['codes.faiss', 'rows.npy', 'sightings.npy', 'vectors.npy']
)
@pytest.mark.parametrize('damage', ['cut', 'longer', 'other'])
def test_a_damaged_file_is_never_trusted(gallery, name, damage):
    feats = queries()
    exact = gallery.search(feats, 10, exact=True)
    gallery.close()
    path = next(gallery.path.glob(f'index-*/{name}'))
    data = bytearray(path.read_bytes())
    if damage == 'cut':
        path.write_bytes(data[:-100])
    elif damage == 'longer':
        path.write_bytes(data + data[-100:])
    else:
        middle = len(data) // 2
        data[200:] = data[middle:] + data[200:middle]
        path.write_bytes(data)
    with Gallery.open(gallery.path) as again:
        found = again.search(feats, 10)
        assert (found.rows == exact.rows).all()
        assert 'not used' in again.index_status().note
        assert (again.search(feats, 10).rows == exact.rows).all()


def test_an_index_of_other_data_is_never_trusted(gallery, tmp_path):
    """The index of a gallery with the same persons in another order."""
    other = tmp_path / 'other'
    everyone = gallery.embeddings(np.arange(1, NUM + 1))
    with Gallery.create(other, MODEL) as second:
        second.add([entry('all.jpg', everyone[::-1])])
        second.build_index(1)
        theirs = second._store.meta('index')
        folder = second.index_status().built.folder
    shutil.copytree(other / folder, gallery.path / folder)
    with gallery._store.writing() as db:
        db.execute("UPDATE meta SET value = ? WHERE key = 'index'", (theirs,))
    feats = queries()
    found = gallery.search(feats, 10)
    exact = gallery.search(feats, 10, exact=True)
    assert (found.rows == exact.rows).all()
    assert 'does not agree' in gallery.index_status().note


@pytest.mark.parametrize(
    'text', ['{', '[]', '{}', '{"candidates": {}, "files": {}}', '"x"', '7']
)
def test_a_description_that_makes_no_sense(gallery, text):
    with pytest.raises(ValueError):
        IndexState.from_json(text)
    with gallery._store.writing() as db:
        db.execute("UPDATE meta SET value = ? WHERE key = 'index'", (text,))
    assert gallery.search(queries(), 10).rows.min() > 0
    assert 'not used' in gallery.index_status().note


def test_a_folder_outside_is_not_opened(gallery):
    state = gallery.index_status().built
    with gallery._store.writing() as db:
        text = state.to_json().replace(state.folder, f'../g/{state.folder}')
        db.execute("UPDATE meta SET value = ? WHERE key = 'index'", (text,))
    assert 'not used' in gallery.index_status().note


@pytest.mark.parametrize('name', ['../../secret', '/dev/zero', 'more.npy'])
def test_no_file_outside_is_read(gallery, name):
    """The checksum of ``/dev/zero`` would never be ready."""
    state = gallery.index_status().built
    files = {**state.files, name: (0, 0)}
    with gallery._store.writing() as db:
        text = replace(state, files=files).to_json()
        db.execute("UPDATE meta SET value = ? WHERE key = 'index'", (text,))
    assert gallery.search(queries(), 10).rows.min() > 0
    why = 'other files than an index|index: a value is wrong'
    assert re.search(why, gallery.index_status().note)
    assert re.search(why, gallery.problems()[0])


def test_the_folder_above_is_not_opened(gallery):
    state = gallery.index_status().built
    for path in gallery.path.glob('index-*/*'):
        shutil.copy(path, gallery.path.parent)
    with gallery._store.writing() as db:
        text = replace(state, folder='..').to_json()
        db.execute("UPDATE meta SET value = ? WHERE key = 'index'", (text,))
    assert 'not used' in gallery.index_status().note


def test_codes_that_claim_more_than_their_file(tmp_path):
    """FAISS would fill the memory with zeros before it reads."""
    rng = np.random.default_rng(0)
    codes = Codes.train(rng.standard_normal((500, 64)).astype(np.float32))
    path = tmp_path / 'a.faiss'
    codes.save(path)
    content = path.read_bytes()
    length, claimed = (struct.pack('<Q', n) for n in (64 * 64, 2**27))
    said = []
    for place in range(len(content) - 8):
        if content[place : place + 8] == length:
            changed = content[:place] + claimed + content[place + 8 :]
            path.write_bytes(changed)
            try:
                Codes.load(path)
            except RuntimeError as error:
                said.append(str(error))
    assert any('limit' in text for text in said)


def test_an_unreached_recall_leaves_the_search_exact(gallery, monkeypatch):
    from mmdmr.gallery import building

    before = gallery.index_status()
    folders = list(gallery.path.iterdir())
    monkeypatch.setattr(
        building, '_choose_candidates', lambda *a: ({10: 40}, {10: 0.5})
    )
    with pytest.raises(InputError, match='50.0%'):
        gallery.build_index(1)
    assert gallery.index_status() == before
    assert sorted(gallery.path.iterdir()) == sorted(folders)


def test_readers_cannot_build(gallery):
    with (
        Gallery.open(gallery.path) as reader,
        pytest.raises(InputError, match='opened for reading'),
    ):
        reader.build_index(1)


@pytest.mark.parametrize('dim', [1, 2, 3, 63, 67, 130, 515])
@pytest.mark.parametrize('stored', ['float16', 'int8'])
def test_all_lengths_of_embeddings(tmp_path, dim, stored):
    rng = np.random.default_rng(dim)
    # Features behind a ReLU: far from centred, a few strong axes.
    strength = 1 / np.sqrt(1 + np.arange(dim))
    feats = np.maximum(rng.standard_normal((400, dim)), 0) * strength + 1e-3
    model = ModelInfo('m', 'ff', dim)
    with Gallery.create(tmp_path / 'g', model, stored) as gallery:
        found = Detections.from_counts(
            np.zeros((400, 4)), np.ones(400), feats, [400]
        )
        person = entry('1.jpg', [])
        gallery.add([type(person)('s', '1.jpg', '', (9, 9), found)])
        assert gallery.build_index(1, recall=0.95).recall >= 0.95
        near = gallery.search(feats[:50], 5)
        exact = gallery.search(feats[:50], 5, exact=True)
        np.testing.assert_allclose(
            near.similarities[:, 0], exact.similarities[:, 0], atol=1e-4
        )
        assert np.mean(near.similarities >= exact.similarities - 1e-4) > 0.95
        assert not gallery.index_status().note


def test_persons_that_are_all_the_same(tmp_path):
    with Gallery.create(tmp_path / 'g', MODEL) as gallery:
        gallery.add([entry('1.jpg', np.ones((500, 16)))])
        gallery.build_index(1)
        found = gallery.search(np.ones((1, 16)), 500)
        assert sorted(found.rows[0]) == list(range(1, 501))


def test_faiss_is_needed_for_an_index_only(gallery, monkeypatch):
    exact = gallery.search(queries(), 10, exact=True)
    for name in ('codes', 'index', 'building'):
        monkeypatch.delitem(sys.modules, f'mmdmr.gallery.{name}')
        monkeypatch.delattr(f'mmdmr.gallery.{name}')
    monkeypatch.setitem(sys.modules, 'faiss', None)
    with pytest.raises(InputError, match=r"pip install 'mmdmr\[search\]'"):
        gallery.build_index(1)
    with Gallery.open(gallery.path) as reader:
        assert (reader.search(queries(), 10).rows == exact.rows).all()
        assert 'faiss' in reader.index_status().note


def test_more_persons_than_memory_is_given(gallery, monkeypatch):
    """Without an index and with little memory, the database is walked."""
    feats = queries()
    expected = gallery.search(feats, 10, exact=True)
    monkeypatch.setattr('mmdmr.gallery.resident.MEMORY', 1000)
    shutil.rmtree(next(gallery.path.glob('index-*')))
    with Gallery.open(gallery.path) as reader:
        assert (reader.search(feats, 10).rows == expected.rows).all()
        gallery.remove('s7')
        for filters in (Filters(), Filters(sources=['s8'])):
            found = reader.search(feats, 10, filters)
            again = gallery.search(feats, 10, filters, exact=True)
            assert (found.rows == again.rows).all()
            assert found.num_searched == again.num_searched


@pytest.mark.parametrize('num', [0, 1, 50])
def test_fast_floats_are_those_of_numpy(num):
    rng = np.random.default_rng(0)
    halves = rng.standard_normal((num, 24)).astype(np.float16)
    halves[:, ::3] = 0
    halves[:, 1] = 6e-8  # a subnormal number
    assert (fast_floats(halves) == halves.astype(np.float32)).all()
    whole = np.ones((2, 4), np.int8)
    assert fast_floats(whole) is whole
