"""Verifying image files."""

import shutil

import pytest
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
    assert '5.jpg (image file is truncated' in unreadable
    assert '6.jpg (cannot identify' in unreadable


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


@pytest.mark.parametrize(
    'broken',
    [b'', b'GIF89a', b'\x89PNG\r\n\x1a\n' + bytes(40), b'BM' + bytes(9)],
)
def test_pictures_that_no_reader_takes(root, broken):
    (root / 'images/2.jpg').write_bytes(broken)
    (said,) = verify_own(root).errors
    assert 'unreadable' in said and '2.jpg' in said


@pytest.mark.parametrize('orientation', range(2, 9))
@pytest.mark.parametrize('suffix', ['jpg', 'webp'])
def test_pictures_that_training_would_not_turn(root, orientation, suffix):
    """OpenCV reads the orientation of a JPEG, but not that of a WebP."""
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
    if suffix == 'jpg':
        assert report.errors == []
    else:
        (said,) = report.errors
        assert '1.webp (OpenCV' in said and 'does not turn the image' in said


def test_pictures_that_opencv_cannot_read(root):
    Image.new('F', (80, 60), 0.5).save(root / 'images/1.tif')
    train = content_of([1, 2, 3], [1, 2, 1])
    train['images'][0]['file_name'] = '1.tif'
    write_files(root, train=train)
    (said,) = verify_own(root).errors
    assert '1.tif (OpenCV, which training uses, cannot read the image' in said
