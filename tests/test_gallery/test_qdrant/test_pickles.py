"""A folder of the embedded mode is looked through before it is loaded."""

import json
import pickle
import sqlite3
from contextlib import closing

import pytest
from galleries import MODEL, entry, unit

from mmdmr.errors import InputError
from mmdmr.gallery import create_gallery, open_gallery


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, 'w')


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / 'g'
    with create_gallery(f'qdrant:{folder}', MODEL) as gallery:
        gallery.add([entry('1.jpg', unit(0, 1), time=1.5)])
    return folder


def replace_points(folder, value):
    path = folder / 'collection/gallery/storage.sqlite'
    with closing(sqlite3.connect(path)) as db, db:
        db.execute('UPDATE points SET point = ?', (value,))


def test_a_sound_folder(folder):
    with open_gallery(f'qdrant:{folder}') as gallery:
        assert len(gallery) == 2


def test_a_pickle_that_runs_code(folder, tmp_path):
    replace_points(folder, pickle.dumps(Evil(str(tmp_path / 'ran'))))
    with pytest.raises(InputError, match=r'names .*open; it is not loaded'):
        open_gallery(f'qdrant:{folder}')
    assert not (tmp_path / 'ran').exists()


@pytest.mark.parametrize('value', [b'', b'garbage', pickle.dumps([1])[:-2]])
def test_a_damaged_pickle(folder, value):
    replace_points(folder, value)
    with pytest.raises(InputError, match='storage.sqlite: damaged'):
        open_gallery(f'qdrant:{folder}')


def test_a_database_that_is_none(folder):
    path = folder / 'collection/gallery.files/storage.sqlite'
    path.write_bytes(b'no database' * 100)
    with pytest.raises(InputError, match='storage.sqlite: damaged'):
        open_gallery(f'qdrant:{folder}')


@pytest.mark.parametrize('text', ['', '[]', '{}', '{"collections": 7}'])
def test_a_damaged_description(folder, text):
    (folder / 'meta.json').write_text(text)
    with pytest.raises(InputError, match=r'meta\.json'):
        open_gallery(f'qdrant:{folder}')


def test_a_folder_of_another_program(folder):
    meta = json.loads((folder / 'meta.json').read_text())
    meta['collections']['../../else'] = meta['collections']['gallery']
    (folder / 'meta.json').write_text(json.dumps(meta))
    with pytest.raises(InputError, match="collection '../../else'"):
        open_gallery(f'qdrant:{folder}')


def test_a_folder_with_other_files(tmp_path):
    (tmp_path / 'letter.txt').write_text('dear')
    for function in (open_gallery, lambda a: create_gallery(a, MODEL)):
        with pytest.raises(InputError, match=r'such as letter\.txt'):
            function(f'qdrant:{tmp_path}')
    assert [x.name for x in tmp_path.iterdir()] == ['letter.txt']
