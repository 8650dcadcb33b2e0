"""``mmdmr gallery_info``: what it tells, what it finds."""

import json

import numpy as np
import pytest
from galleries import DIM, MODEL, entry, unit, views
from tool_runner import tool

from mmdmr.gallery import Gallery

main = tool('gallery_info')


@pytest.fixture
def path(tmp_path):
    path = tmp_path / 'my.gallery'
    with Gallery.create(path, MODEL) as gallery:
        feats = views(np.random.default_rng(0), 50, 4)
        gallery.add(
            [
                entry('1.jpg', feats, camera='door', time=1.7e9),
                entry(
                    'ü\udceb.mp4', unit(1), source='v\udceb', frame=3, time=4.5
                ),
            ]
        )
        gallery.set_root('s', '/photos')
        for i in range(25):
            gallery.skip('s', f'bad{i}.jpg', 'not an image')
        gallery.build_index(min_persons=1)
        gallery.add([entry('2.jpg', unit(2))])
    return path


def test_what_is_told(path, capsys):
    assert main([str(path)]) == 0
    out = capsys.readouterr().out
    for text in (
        '202 persons',
        'toy (ab12ab12ab12), trained on drawings',
        'length 16, float16; format 1',
        '3 with 3 photographs and frames',
        's (/photos)',
        r'v\udceb (no folder)',
        'cameras     door',
        '4.5 s to 2023-11-14 22:13:20 UTC',
        'bad file    s: bad19.jpg: not an image',
        'bad files   25, 5 of them not shown',
        'index       201 persons, recall 1.000; 1 persons were added later, 0',
    ):
        assert text in out
    assert 'bad20' not in out and 'no damage' not in out
    assert main([str(path), '--verify']) == 0
    assert 'verified: no damage found' in capsys.readouterr().out


def test_json(path, capsys):
    assert main([str(path), '--json', '--verify']) == 0
    found = json.loads(capsys.readouterr().out)
    assert found['persons'] == 202 and found['problems'] == []
    assert found['model']['dim'] == DIM
    assert found['sources'] == {'s': '/photos', 'v\udceb': ''}
    assert found['num_bad_files'] == 25 and len(found['bad_files']) == 25


def test_an_empty_gallery(tmp_path, capsys):
    Gallery.create(tmp_path / 'g', MODEL).close()
    assert main([str(tmp_path / 'g'), '--verify']) == 0
    out = capsys.readouterr().out
    assert '0 persons' in out and 'none: search is exact' in out


@pytest.mark.parametrize(
    'statement, problem',
    [
        ('DELETE FROM embeddings WHERE row = 3', '1 persons without'),
        ('DELETE FROM persons WHERE row = 3', '1 embeddings without'),
        ("UPDATE embeddings SET value = x'00' WHERE row = 3", 'other length'),
        (
            'UPDATE embeddings SET value = (SELECT value FROM embeddings '
            'WHERE row = 4) WHERE row = 3',
            'index: it differs from the database',
        ),
    ],
)
def test_damage_is_found(path, capsys, statement, problem):
    with (
        Gallery.open(path, write=True) as gallery,
        gallery._store.writing() as db,
    ):
        db.execute(statement)
    assert main([str(path), '--verify']) == 1
    out = capsys.readouterr().out
    assert problem in out and 'NOT SOUND' in out
    assert main([str(path), '--verify', '--json']) == 1
    assert problem in json.loads(capsys.readouterr().out)['problems'][0]


@pytest.mark.parametrize('name', ['codes.faiss', 'vectors.npy', 'times.npy'])
def test_a_damaged_index_is_found(path, capsys, name):
    file = next(path.glob(f'index-*/{name}'))
    data = bytearray(file.read_bytes())
    data[-9] ^= 1
    file.write_bytes(data)
    assert main([str(path), '--verify']) == 1
    assert f'{name} is damaged; build it again' in capsys.readouterr().out


def test_no_gallery(tmp_path, capsys):
    for name, message in (('.', 'not a gallery'), ('none', 'no such')):
        with pytest.raises(SystemExit) as stop:
            main([str(tmp_path / name)])
        assert stop.value.code == 2
        assert message in capsys.readouterr().err


def test_a_time_beyond_all_dates_is_told_in_seconds(path, capsys):
    with Gallery.open(path, write=True) as gallery:
        gallery.add([entry('3.jpg', unit(3), time=1e300)])
    assert main([str(path)]) == 0
    assert '4.5 s to 1e+300 s\n' in capsys.readouterr().out
