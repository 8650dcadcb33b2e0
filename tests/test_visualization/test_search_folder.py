"""Names of files, and folders that may be rewritten."""

import os
import re

import pytest
from search_hits import make_result

from mmdmr.visualization.search_folder import (
    DRAFT,
    JSON,
    SCENES,
    SHEET,
    check_search_folder,
    name_scene,
    replace_search,
)
from mmdmr.visualization.search_json import encode_search

NAMES = [
    *('../../x', 'a/b', '.', '..', '', '/', 'x' * 300, '😀' * 300),
    *('a\\b:c*?"<>|', 'CON', 'nul.txt', 'a\0b', 'a\nb', '\udcff', '\u202e'),
    *('東京/駅.jpg', 'rtsp://user:pw@host:554/live?a=b&c=d', '...jpg', '~'),
    *('x' * 99 + '東', "$(rm -rf ~)'`", 'a.tar.gz', ' .png', '-rf'),
]


def write(folder, note='first', scene='01_001_a.jpg'):
    """Write a search of small files."""
    with replace_search(folder) as draft:
        (draft / SCENES / scene).write_text(note)
        (draft / SHEET).write_text(note)
        result = make_result(notes=(note,))
        (draft / JSON).write_text(encode_search([result], ['q'], [[]]))


def content_of(folder):
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob('*')
        if path.is_file()
    }


@pytest.mark.parametrize('name', NAMES)
def test_a_name_is_safe(name, tmp_path):
    safe = name_scene(1, 2, name)
    assert len(os.fsencode(safe)) <= 143
    assert re.match(r'01_002(_[^/\\:*?"<>|\s$`\']+)?\.jpg$', safe)
    assert '..' not in safe and safe.isprintable()
    (tmp_path / safe).write_text('')
    assert [path.name for path in tmp_path.iterdir()] == [safe]


@pytest.mark.parametrize(
    ('name', 'expected'),
    [
        ('日本/東京 駅.jpg', '01_002_東京_駅.jpg'),
        ('😀.png', '01_002_😀.jpg'),
        ('../../x', '01_002_x.jpg'),
        ('..', '01_002.jpg'),
        ('', '01_002.jpg'),
        ('C:\\pictures\\a.b.png', '01_002_a.b.jpg'),
    ],
)
def test_a_name_stays_readable(name, expected):
    assert name_scene(1, 2, name) == expected


def test_no_two_names_are_alike():
    """Not even in file systems to which A and a are the same."""
    names = {
        name_scene(person, rank, name).casefold()
        for person in (1, 2, 11, 111)
        for rank in (None, 1, 2, 11, 1111)
        for name in ('', 'a', '1', '001_a', 'query')
    }
    assert len(names) == 4 * 5 * 5


def test_a_search_replaces_a_search(tmp_path):
    folder = tmp_path / 'new' / 'hits'
    write(folder, 'first', '01_001_a.jpg')
    write(folder, 'second', '01_001_b.jpg')
    found = content_of(folder)
    assert set(found) == {JSON, SHEET, f'{SCENES}/01_001_b.jpg'}
    assert 'second' in found[JSON] and found[SHEET] == 'second'
    assert [path.name for path in folder.parent.iterdir()] == ['hits']


def test_an_empty_folder_will_do(tmp_path):
    write(tmp_path)
    assert (tmp_path / JSON).exists()


@pytest.mark.parametrize(
    'name', ['notes.txt', 'scenes/holiday.jpg', 'scenes/more/01_001_a.jpg']
)
def test_files_of_others_stay(tmp_path, name):
    write(tmp_path)
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text('mine')
    before = content_of(tmp_path)
    with pytest.raises(FileExistsError, match='no former search'):
        write(tmp_path, 'second')
    assert content_of(tmp_path) == before


@pytest.mark.parametrize(
    ('name', 'content'),
    [
        ('hits.json', b'{"mine": 1}'),
        ('hits.json', b'\xff'),
        ('hits.png', b''),
        ('scenes/01_001_a.jpg', b''),
        ('a', b''),
    ],
)
def test_a_folder_of_something_else_stays(tmp_path, name, content):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    with pytest.raises(FileExistsError, match='name a new folder'):
        write(tmp_path)
    assert path.read_bytes() == content
    assert not (tmp_path / DRAFT).exists()


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / 'a').write_text('mine')
    (tmp_path / 'broken').symlink_to(tmp_path / 'gone')
    for name in ('a', 'broken'):
        with pytest.raises(FileExistsError, match='is no folder'):
            check_search_folder(tmp_path / name)


def test_links_lead_nowhere_else(tmp_path):
    (tmp_path / 'elsewhere').mkdir()
    (tmp_path / 'elsewhere' / '01_001_a.jpg').write_text('mine')
    folder = tmp_path / 'hits'
    write(folder)
    (folder / SCENES / '01_001_a.jpg').unlink()
    (folder / SCENES).rmdir()
    (folder / SCENES).symlink_to(tmp_path / 'elsewhere')
    with pytest.raises(FileExistsError):
        write(folder)
    assert content_of(tmp_path / 'elsewhere') == {'01_001_a.jpg': 'mine'}
    # a link in place of a file is replaced itself
    (folder / SCENES).unlink()
    (folder / SHEET).unlink()
    (folder / SHEET).symlink_to(tmp_path / 'elsewhere' / '01_001_a.jpg')
    write(folder, 'second')
    assert content_of(tmp_path / 'elsewhere') == {'01_001_a.jpg': 'mine'}


@pytest.mark.parametrize('error', [KeyboardInterrupt, OSError])
def test_an_error_leaves_the_former_search(tmp_path, error):
    def fail():
        with replace_search(folder) as draft:
            (draft / SHEET).write_text('second')
            raise error

    folder = tmp_path / 'hits'
    with pytest.raises(error):
        fail()
    assert not folder.exists()
    write(folder)
    before = content_of(folder)
    with pytest.raises(error):
        fail()
    assert content_of(folder) == before


@pytest.mark.parametrize('is_first', [True, False])
@pytest.mark.parametrize('steps', range(5))
def test_a_killed_process_leaves_a_folder_that_can_be_used(
    tmp_path, monkeypatch, steps, is_first
):
    """Nothing happens from a certain renaming on, not even tidying up."""
    if not is_first:
        write(tmp_path)
    left = [steps]

    class Killed(BaseException):
        pass

    def patch(name):
        original = getattr(os, name)

        def maybe(*args, **kwargs):
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return original(*args, **kwargs)

        patched.setattr(f'os.{name}', maybe)

    with monkeypatch.context() as patched:
        patch('rename')
        patch('replace')
        patched.setattr('shutil.rmtree', lambda *args, **kwargs: None)
        try:
            write(tmp_path, 'second')
        except Killed:
            assert steps < 4
    check_search_folder(tmp_path)
    write(tmp_path, 'third')
    found = content_of(tmp_path)
    assert len(found) == 3 and 'third' in found[JSON]
