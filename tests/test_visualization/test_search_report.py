"""A search on disk: sheet, JSON and scenes."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from search_hits import make_frame, make_hit, make_result, read_red

from mmdmr.errors import InputError
from mmdmr.visualization import draw_hit_sheet, write_search


def files_of(folder):
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob('*')
        if path.is_file()
    )


def test_everything_is_written(tmp_path):
    results = [
        make_result([make_hit(), make_frame()]),
        make_result([make_hit(path='東京/駅.png')], query=''),
    ]
    report = write_search(results, tmp_path / 'out', read_red)
    assert files_of(tmp_path) == [
        'out/hits.json',
        'out/hits.png',
        'out/scenes/01_001_b.jpg',
        'out/scenes/01_002_a.jpg',
        'out/scenes/01_query_query.jpg',
        'out/scenes/02_001_駅.jpg',
        'out/scenes/02_query.jpg',
    ]
    assert (report.num_scenes, report.unread) == (3, {})
    assert report.sheet == tmp_path / 'out' / 'hits.png'
    content = json.loads(report.json.read_text())
    for query in content['queries']:
        for entry in (query, *query['hits']):
            with Image.open(report.folder / entry['scene']) as scene:
                assert (scene.format, scene.size) == ('JPEG', (60, 80))
    with Image.open(report.sheet) as sheet:
        expected = draw_hit_sheet(results, read_red)
        assert np.array_equal(np.asarray(sheet), np.asarray(expected))


def test_a_bad_file_is_named_and_the_rest_goes_on(tmp_path):
    def read(hit):
        if hit.path == 'gone.png':
            return None
        if hit.path == 'bad.png':
            raise InputError('bad.png: truncated')
        if hit.path == 'secret.png':
            raise PermissionError(13, 'Permission denied', 'secret.png')
        return read_red(hit)

    hits = [
        make_hit(path='gone.png', file=Path('/old/gone.png')),
        make_hit(path='bad.png'),
        make_hit(path='good.png'),
        make_hit(path='bad.png'),
        make_hit(path='secret.png'),
    ]
    report = write_search([make_result(hits)], tmp_path, read)
    assert report.num_scenes == 1
    assert report.unread == {
        '/old/gone.png': 'file not found',
        'bad.png': 'bad.png: truncated',
        'secret.png': "[Errno 13] Permission denied: 'secret.png'",
    }
    found = json.loads(report.json.read_text())['queries'][0]['hits']
    assert [hit['path'] for hit in found] == [hit.path for hit in hits]
    scenes = [hit['scene'] for hit in found]
    assert scenes == [None, None, 'scenes/01_003_good.jpg', None, None]
    assert len(files_of(tmp_path / 'scenes')) == 2


@pytest.mark.parametrize('name', ['../../x', '/etc/x', 'x' * 999, 'a\0\udcff'])
def test_nothing_is_written_outside(tmp_path, name):
    folder = tmp_path / 'a' / 'b'
    result = make_result([make_hit(path=name)], query=name)
    write_search([result, result], folder, read_red)
    assert all(name.startswith('a/b/') for name in files_of(tmp_path))
    assert len(files_of(folder / 'scenes')) == 4


def test_an_error_of_the_program_leaves_nothing(tmp_path):
    def read(hit):
        raise KeyError

    with pytest.raises(KeyError):
        write_search([make_result([make_hit()])], tmp_path / 'out', read)
    assert not list(tmp_path.iterdir())


def test_a_second_search_replaces_the_first(tmp_path):
    write_search([make_result([make_hit()] * 3)], tmp_path, read_red)
    report = write_search([make_result([])], str(tmp_path), read_red)
    assert report.num_scenes == 0
    assert files_of(tmp_path / 'scenes') == ['01_query_query.jpg']


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / 'photo.jpg').write_text('mine')
    with pytest.raises(FileExistsError, match=r'photo\.jpg'):
        write_search([make_result([])], tmp_path, read_red)
    assert files_of(tmp_path) == ['photo.jpg']


def test_no_person_is_an_error(tmp_path):
    with pytest.raises(InputError, match='no person was searched'):
        write_search([], tmp_path / 'out', read_red)
    assert not list(tmp_path.iterdir())
