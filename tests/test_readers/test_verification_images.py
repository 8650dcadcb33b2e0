"""Verifying image files."""

import re
import shutil

import pytest
from bad_images import BAD, write_bad
from own_data import content_of, rotate, verify_own, write_files
from PIL import Image


def test_missing_and_unreadable_images(root):
    (root / 'images/2.jpg').unlink()
    whole = (root / 'images/5.jpg').read_bytes()
    (root / 'images/5.jpg').write_bytes(whole[: len(whole) // 2])
    (root / 'images/6.jpg').write_text('no picture')
    missing, unreadable = verify_own(root).errors
    assert missing.startswith('missing image files: 1 (')
    assert '2.jpg' in missing
    assert unreadable.startswith('unreadable image files: 2 (')
    assert '5.jpg (the image is damaged or truncated' in unreadable
    assert '6.jpg (this is no image' in unreadable


def test_exif_rotation_is_applied(root):
    rotate(root / 'images/1.jpg')
    report = verify_own(root)
    assert report.errors == []
    assert report.counts['rotated by EXIF'] == 1


def test_copies_are_counted(root):
    shutil.copy(root / 'images/1.jpg', root / 'images/2.jpg')
    report = verify_own(root)
    assert report.counts['copies of another file'] == 1
    assert any('1.jpg = 2.jpg' in note for note in report.notes)


@pytest.mark.parametrize('kind', BAD)
def test_what_training_cannot_read_is_named(root, kind):
    train = content_of([1, 2, 3], [1, 2, 1])
    name = train['images'][0]['file_name'] = write_bad(root / 'images', kind)
    write_files(root, train=train)
    (said,) = verify_own(root).errors
    if kind in ('missing', 'folder'):
        assert said.startswith('missing image files: 1 (') and name in said
    else:
        assert said.startswith('unreadable image files: 1 (')
        assert re.search(rf'{name} \({BAD[kind][1]}', said)


@pytest.mark.parametrize(
    'broken',
    [b'GIF89a', b'\x89PNG\r\n\x1a\n' + bytes(40), b'BM' + bytes(9)],
)
def test_headers_without_an_image(root, broken):
    (root / 'images/2.jpg').write_bytes(broken)
    (said,) = verify_own(root).errors
    assert 'unreadable' in said and '2.jpg' in said


@pytest.mark.parametrize('orientation', range(2, 9))
@pytest.mark.parametrize('suffix', ['jpg', 'webp'])
def test_pictures_of_any_orientation(root, orientation, suffix):
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = Image.open(root / 'images/1.jpg')
    if orientation >= 5:
        picture = picture.rotate(90, expand=True)
    picture.save(root / f'images/1.{suffix}', exif=exif, lossless=True)
    train = content_of([1, 2, 3], [1, 2, 1])
    train['images'][0]['file_name'] = f'1.{suffix}'
    write_files(root, train=train)
    report = verify_own(root)
    assert report.errors == []
    assert report.counts['rotated by EXIF'] == 1
