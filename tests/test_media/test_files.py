"""Images and videos of folders and lists."""

import os
from pathlib import Path

import pytest

from mmdmr.errors import InputError
from mmdmr.media import files
from mmdmr.media.files import MediaFile, find_media, natural_key


def make(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b'x')


def names(found):
    return [file.name for file in found]


def test_a_folder_in_natural_order(tmp_path):
    make(tmp_path, 'b/10.jpg', 'b/9.JPG', 'a1.png', 'a01.png', 'a10b2.png')
    make(tmp_path, 'a2.mp4', 'notes.txt', 'x.TXT', 'README', 'tar.gz')
    found = find_media(tmp_path)
    assert names(found) == [
        *('a01.png', 'a1.png', 'a2.mp4', 'a10b2.png'),
        *('b/9.JPG', 'b/10.jpg'),
    ]
    assert found.files[2] == MediaFile(tmp_path / 'a2.mp4', 'a2.mp4', 'video')
    assert {file.kind for file in found if file.name != 'a2.mp4'} == {'image'}
    assert found.ignored == {'.txt': 2, '': 1, '.gz': 1}
    assert found.root == tmp_path and len(found) == 6
    assert found.notes() == [
        'neither images nor videos: 2 .txt, 1 without suffix, 1 .gz'
    ]


def test_the_order_is_the_same_on_each_disk(tmp_path, monkeypatch):
    """Folders list files in no order."""
    made = [f'{kind}/{i}.jpg' for i in range(12) for kind in 'ab']
    make(tmp_path, *made)
    wanted = names(find_media(tmp_path))
    assert wanted == sorted(made, key=lambda n: (n[0], int(n[2:-4])))
    real = os.scandir

    class Reversed:
        def __init__(self, folder):
            self.entries = list(real(folder))[::-1]

        def __enter__(self):
            return iter(self.entries)

        def __exit__(self, *error):
            pass

    monkeypatch.setattr(os, 'scandir', Reversed)
    assert names(find_media(tmp_path)) == wanted


def test_names_with_digits_of_any_script_are_sorted():
    sorted(['²', '٣', '1', 'a', '', '1a', 'a/1', '1/a'], key=natural_key)


def test_hidden_files_and_links_are_counted(tmp_path):
    root = tmp_path / 'pictures'
    make(root, 'a.jpg', '.hidden.jpg', '.thumbs/b.jpg', 'sub/c.jpg')
    make(tmp_path, 'outside/d.jpg')
    (root / 'd.jpg').symlink_to(tmp_path / 'outside/d.jpg')
    (root / 'outside').symlink_to(tmp_path / 'outside')
    (root / 'sub/loop').symlink_to(root)
    (root / 'broken.jpg').symlink_to(root / 'gone.jpg')
    found = find_media(root)
    assert names(found) == ['a.jpg', 'sub/c.jpg']
    assert (found.num_hidden, found.num_links) == (2, 4)
    assert found.notes() == [
        'hidden files and folders: 2',
        'symbolic links, not followed: 4',
    ]


def test_links_are_followed_if_asked(tmp_path):
    root = tmp_path / 'pictures'
    make(root, 'a.jpg')
    make(tmp_path, 'outside/d.jpg')
    (root / 'b.jpg').symlink_to(tmp_path / 'outside/d.jpg')
    (root / 'outside').symlink_to(tmp_path / 'outside')
    (root / 'again').symlink_to(tmp_path / 'outside')
    (root / 'loop').symlink_to(root)
    (tmp_path / 'outside/back').symlink_to(root)
    (root / 'broken.jpg').symlink_to(root / 'gone.jpg')
    found = find_media(root, follow_links=True)
    assert len(found) == 3 and names(found)[:2] == ['a.jpg', 'b.jpg']
    assert names(found)[2].endswith('/d.jpg')
    assert [error.reason for error in found.unusable] == [
        'this is no regular file'
    ]


def test_a_source_may_be_a_link(tmp_path):
    make(tmp_path, 'pictures/a.jpg')
    (tmp_path / 'link').symlink_to(tmp_path / 'pictures')
    found = find_media(tmp_path / 'link')
    assert names(found) == ['a.jpg'] and found.root == tmp_path / 'link'


def test_what_cannot_be_used_is_named(tmp_path, monkeypatch):
    make(tmp_path, 'a.jpg', 'secret/b.jpg', 'c.jpg/d.jpg')
    os.mkfifo(tmp_path / 'pipe.jpg')
    real = os.scandir

    def scandir(folder):
        if str(folder).endswith('secret'):
            raise PermissionError(13, 'Permission denied')
        return real(folder)

    monkeypatch.setattr(os, 'scandir', scandir)
    found = find_media(tmp_path)
    assert names(found) == ['a.jpg', 'c.jpg/d.jpg']
    assert [str(error) for error in found.unusable] == [
        f'{tmp_path}/pipe.jpg: this is no regular file',
        f'{tmp_path}/secret: Permission denied',
    ]
    assert not found.notes()


def test_unicode_names(tmp_path):
    make(tmp_path, 'Zoë.jpg', '人/照片.jpg', '😀\n.jpg')
    (Path(os.fsdecode(os.fsencode(tmp_path) + b'/\xff.jpg'))).touch()
    found = find_media(tmp_path)
    assert sorted(names(found)) == ['Zoë.jpg', '人/照片.jpg', '😀\n.jpg']
    (error,) = found.unusable
    assert error.reason == 'the name is no valid Unicode; rename the file'
    assert (
        str(error)
        .encode()
        .endswith(
            rb'/\udcff.jpg: ' + b'the name is no '
            b'valid Unicode; rename the file'
        )
    )


def test_a_file(tmp_path):
    make(tmp_path, 'sub/a.jpg', 'sub/b.jpg', 'notes.txt')
    found = find_media(str(tmp_path / 'sub/a.jpg'))
    assert names(found) == ['a.jpg'] and found.root == tmp_path / 'sub'
    message = 'notes.txt: no images or videos; neither .*txt'
    with pytest.raises(InputError, match=message):
        find_media(tmp_path / 'notes.txt')


def test_a_list_has_a_common_folder(tmp_path, monkeypatch):
    make(tmp_path, 'a/1/x.jpg', 'a/2/y.mp4', 'a/2/z.txt')
    listed = [tmp_path / f'a/{name}' for name in ('2/y.mp4', '1/x.jpg')]
    found = find_media([*listed, str(listed[0]), tmp_path / 'a/1/../2/z.txt'])
    assert found.root == tmp_path / 'a'
    assert names(found) == ['1/x.jpg', '2/y.mp4']
    assert found.ignored == {'.txt': 1}
    assert [file.path for file in found] == listed[::-1]
    monkeypatch.chdir(tmp_path / 'a')
    assert find_media(['1/x.jpg', '2/y.mp4']).files == found.files


def test_sources_without_media(tmp_path):
    with pytest.raises(InputError, match='gone: no such file or folder'):
        find_media(tmp_path / 'gone')
    with pytest.raises(InputError, match=f'{tmp_path}: no images or videos$'):
        find_media(tmp_path)
    make(tmp_path, 'a.txt')
    with pytest.raises(InputError, match='no images .*: 1 .txt$'):
        find_media(tmp_path)
    with pytest.raises(InputError, match='no files were named'):
        find_media([])
    with pytest.raises(InputError, match='no images .*gone.jpg: no such file'):
        find_media([tmp_path / 'gone.jpg'])


def test_a_missing_file_of_a_list_does_not_end_the_work(tmp_path):
    make(tmp_path, 'a.jpg', 'sub/b.jpg')
    (tmp_path / 'link.jpg').symlink_to(tmp_path / 'nowhere.jpg')
    (tmp_path / 'good.jpg').symlink_to(tmp_path / 'a.jpg')
    names_of_list = ('a.jpg', 'good.jpg', 'gone.jpg', 'link.jpg', 'sub')
    found = find_media([tmp_path / name for name in names_of_list])
    assert names(found) == ['a.jpg', 'good.jpg']
    assert list(map(str, found.unusable)) == [
        f'{tmp_path}/gone.jpg: no such file or folder',
        f'{tmp_path}/link.jpg: no such file or folder',
        f'{tmp_path}/sub: this is a folder, but a list holds files',
    ]


def test_no_suffix_is_of_two_kinds():
    assert not files.IMAGE_SUFFIXES & files.VIDEO_SUFFIXES
