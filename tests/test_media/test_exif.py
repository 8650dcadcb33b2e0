"""Times of photographs."""

import pytest
from PIL import ExifTags, Image

from mmdmr.media.exif import taken_at


def photograph(path, **tags):
    exif = Image.Exif()
    # Pillow leaves out EXIF data without a tag of their own.
    exif[ExifTags.Base.Make] = 'camera'
    part = exif.get_ifd(ExifTags.IFD.Exif)
    for name, text in tags.items():
        part[ExifTags.Base[name]] = text
    Image.new('RGB', (2, 2)).save(path, exif=exif)
    return path


@pytest.mark.parametrize('suffix', ['jpg', 'png', 'webp'])
def test_time_with_and_without_zone(suffix, tmp_path):
    path = tmp_path / f'a.{suffix}'
    day = '2001:09:09 01:46:40'
    photograph(path, DateTimeOriginal=day)
    assert taken_at(path) == 1_000_000_000
    photograph(path, DateTimeOriginal=day, OffsetTimeOriginal='+02:00')
    assert taken_at(path) == 1_000_000_000 - 7200
    photograph(path, DateTimeOriginal=day, SubsecTimeOriginal='25 ')
    assert taken_at(path) == 1_000_000_000.25
    photograph(
        path,
        DateTimeOriginal=day,
        OffsetTimeOriginal='   :  ',
        SubsecTimeOriginal='x',
    )
    assert taken_at(path) == 1_000_000_000


@pytest.mark.parametrize(
    'text', ['0000:00:00 00:00:00', '    :  :     :  :  ', 'noon', '']
)
def test_a_clock_that_was_never_set(text, tmp_path):
    path = photograph(tmp_path / 'a.jpg', DateTimeOriginal=text)
    assert taken_at(path) is None


def test_no_time(tmp_path):
    Image.new('RGB', (2, 2)).save(tmp_path / 'plain.jpg')
    Image.new('RGB', (2, 2)).save(
        tmp_path / 'broken.jpg', exif=b'Exif\0\0II*\0\xff\xff\xff\xff'
    )
    (tmp_path / 'text.jpg').write_text('text')
    for name in ('plain.jpg', 'broken.jpg', 'text.jpg', 'gone.jpg', '.'):
        assert taken_at(tmp_path / name) is None
