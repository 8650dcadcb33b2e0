"""Images of every kind and state."""

import io
import os
import warnings

import cv2
import numpy as np
import pytest
from bad_images import png_of_size
from PIL import Image

from mmdmr.errors import InputError
from mmdmr.media.images import decode_image, read_image
from mmdmr.media.opening import BadMedia

#: Blue above left, green above right; red below left, white below right.
CORNERS = np.zeros((32, 48, 3), np.uint8)
CORNERS[:16, :24] = 255, 0, 0
CORNERS[:16, 24:] = 0, 255, 0
CORNERS[16:, :24] = 0, 0, 255
CORNERS[16:, 24:] = 255


#: The edges of the corners are those of JPEG's blocks.
LOSSLESS = dict(quality=100, subsampling=0, lossless=True)


def pillow(array=CORNERS):
    return Image.fromarray(np.ascontiguousarray(array[..., ::-1]))


def assert_reads(path, wanted, tolerance=0):
    image = read_image(path)
    assert image.dtype == np.uint8 and image.flags.c_contiguous
    assert image.flags.writeable
    assert image.shape == wanted.shape
    difference = np.abs(image.astype(int) - wanted)
    assert difference.max() <= tolerance


@pytest.mark.parametrize(
    'name', ['a.png', 'a.bmp', 'a.tif', 'a.ppm', 'a.webp', 'a.jp2', 'a.gif']
)
def test_formats_without_loss(name, tmp_path):
    options = dict(lossless=True) if name == 'a.webp' else {}
    pillow().save(tmp_path / name, **options)
    assert_reads(tmp_path / name, CORNERS)


def test_the_content_tells_the_format(tmp_path):
    pillow().save(tmp_path / 'a.jpg', format='PNG')
    assert_reads(tmp_path / 'a.jpg', CORNERS)


def test_jpegs_are_read_as_by_opencv(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (90, 70, 3), np.uint8)
    smooth = cv2.GaussianBlur(noise, (9, 9), 0)
    for path, options in (
        (tmp_path / 'baseline.jpg', {}),
        (tmp_path / 'progressive.jpg', dict(progressive=True)),
        (tmp_path / 'grey.jpg', dict(grey=True)),
    ):
        image = pillow(smooth)
        if options.pop('grey', False):
            image = image.convert('L')
        image.save(path, **options)
        assert_reads(path, cv2.imread(str(path)), tolerance=1)


@pytest.mark.parametrize('suffix', ['jpg', 'png', 'tif', 'webp'])
@pytest.mark.parametrize('orientation', range(1, 9))
def test_exif_orientation(suffix, orientation, tmp_path):
    """OpenCV turns JPEGs upright; other formats have to follow."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    pillow().save(tmp_path / 'a.jpg', exif=exif, **LOSSLESS)
    pillow().save(tmp_path / f'b.{suffix}', exif=exif, **LOSSLESS)
    upright = cv2.imread(str(tmp_path / 'a.jpg'))
    assert upright.shape == ((48, 32, 3) if orientation > 4 else (32, 48, 3))
    assert_reads(tmp_path / f'b.{suffix}', upright, tolerance=2)


def test_a_damaged_orientation_costs_nothing(tmp_path):
    pillow().save(tmp_path / 'a.jpg', exif=b'Exif\0\0II*\0\xff\xff\xff\xff')
    assert read_image(tmp_path / 'a.jpg').shape == CORNERS.shape


@pytest.mark.parametrize('name', ['a.png', 'a.tif', 'a.pgm', 'a.jp2'])
def test_16_bits_are_scaled(name, tmp_path):
    values = np.array([[0, 257, 1000], [30000, 65278, 65535]], np.uint16)
    # Wavelets need some room.
    values = np.kron(values, np.ones((16, 16), np.uint16))
    cv2.imwrite(str(tmp_path / name), values)
    wanted = np.round(values / 257).astype(np.uint8)
    assert_reads(tmp_path / name, cv2.merge([wanted] * 3), tolerance=1)


def test_16_bit_colours(tmp_path):
    colours = np.random.default_rng(0).integers(
        0, 65536, (4, 5, 3), dtype=np.uint16
    )
    for name in ('a.png', 'a.tif'):
        cv2.imwrite(str(tmp_path / name), colours)
        assert_reads(tmp_path / name, colours // 256, tolerance=1)


def test_pixels_of_unknown_range_are_refused(tmp_path):
    Image.new('F', (4, 4), 0.5).save(tmp_path / 'f.tif')
    with pytest.raises(BadMedia, match='f.tif: pixels are floating-point'):
        read_image(tmp_path / 'f.tif')
    Image.new('I', (4, 4), 1 << 20).save(tmp_path / 'i.tif')
    with pytest.raises(BadMedia, match='i.tif: grey values exceed 16 bits'):
        read_image(tmp_path / 'i.tif')


def test_cmyk(tmp_path):
    """JPEGs hold inverted inks, as Adobe's programs write them."""
    inks = Image.new('CMYK', (16, 16), (0, 255, 255, 0))
    red = np.full((16, 16, 3), (0, 0, 255), np.uint8)
    inks.save(tmp_path / 'a.tif')
    assert_reads(tmp_path / 'a.tif', red)
    inks.save(tmp_path / 'a.jpg', quality=100)
    assert b'Adobe' in (tmp_path / 'a.jpg').read_bytes()
    assert_reads(tmp_path / 'a.jpg', red, tolerance=3)
    assert_reads(tmp_path / 'a.jpg', cv2.imread(str(tmp_path / 'a.jpg')), 3)


def test_transparency_lies_over_white(tmp_path):
    half = np.array([[[255, 0, 0, 0], [255, 0, 0, 255], [0, 0, 0, 128]]])
    Image.fromarray(half.astype(np.uint8)).save(tmp_path / 'a.png')
    wanted = np.array([[[255] * 3, [0, 0, 255], [127] * 3]], np.uint8)
    assert_reads(tmp_path / 'a.png', wanted)
    # A palette and a colour that stands for transparency.
    palette = Image.new('P', (2, 1))
    palette.putpalette([0, 0, 255, 255, 0, 0])
    palette.putpixel((1, 0), 1)
    palette.save(tmp_path / 'b.png', transparency=0)
    assert_reads(tmp_path / 'b.png', np.array([[[255] * 3, [0, 0, 255]]]))
    pillow().save(tmp_path / 'c.png', transparency=(0, 0, 255))
    wanted = CORNERS.copy()
    wanted[:16, :24] = 255
    assert_reads(tmp_path / 'c.png', wanted)
    Image.new('LA', (1, 1), (0, 0)).save(tmp_path / 'd.png')
    assert_reads(tmp_path / 'd.png', np.full((1, 1, 3), 255))


def test_bits_and_palettes(tmp_path):
    bits = Image.new('1', (9, 2))
    bits.putpixel((8, 1), 1)
    bits.save(tmp_path / 'a.png')
    wanted = np.zeros((2, 9, 3), np.uint8)
    wanted[1, 8] = 255
    assert_reads(tmp_path / 'a.png', wanted)
    pillow().quantize(8).save(tmp_path / 'b.png')
    assert_reads(tmp_path / 'b.png', CORNERS)


@pytest.mark.parametrize('name', ['a.gif', 'a.webp', 'a.png', 'a.tif'])
def test_an_animation_gives_its_first_frame(name, tmp_path):
    options = dict(lossless=True) if name == 'a.webp' else {}
    pillow().save(
        tmp_path / name,
        save_all=True,
        append_images=[pillow(255 - CORNERS)],
        **options,
    )
    assert_reads(tmp_path / name, CORNERS)


@pytest.mark.parametrize(
    'name', ['a.jpg', 'a.png', 'a.webp', 'a.bmp', 'a.gif', 'a.tif', 'a.jp2']
)
@pytest.mark.parametrize('share', [0.98, 0.5, 0.05])
def test_truncated(name, share, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    pillow(noise).save(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: int(len(content) * share)])
    with pytest.raises(BadMedia, match=rf'{name}: (the image is|this is no)'):
        read_image(tmp_path / name)


def test_a_jpeg_without_its_last_rows_is_no_image(tmp_path):
    """OpenCV would fill the rows with grey and tell nobody."""
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    pillow(noise).save(tmp_path / 'a.jpg', progressive=True)
    content = (tmp_path / 'a.jpg').read_bytes()
    (tmp_path / 'a.jpg').write_bytes(content[:-200])
    assert cv2.imread(str(tmp_path / 'a.jpg')) is not None
    with pytest.raises(BadMedia, match='truncated'):
        read_image(tmp_path / 'a.jpg')


@pytest.mark.parametrize('padding', [b'', bytes(99), b'trailer'])
def test_what_follows_a_jpeg_does_no_harm(padding, tmp_path):
    """Cameras pad files, and phones append films."""
    pillow().save(tmp_path / 'a.jpg', **LOSSLESS)
    with open(tmp_path / 'a.jpg', 'ab') as file:
        file.write(padding)
    assert_reads(tmp_path / 'a.jpg', CORNERS, tolerance=2)


def test_a_truncated_jpeg_with_a_preview_inside(tmp_path):
    """The end marker of the preview is not that of the image."""
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    preview = io.BytesIO()
    pillow().save(preview, 'JPEG')
    pillow(noise).save(tmp_path / 'a.jpg', comment=preview.getvalue())
    assert read_image(tmp_path / 'a.jpg').shape == (64, 64, 3)
    content = (tmp_path / 'a.jpg').read_bytes()
    assert content.count(b'\xff\xd9') >= 2
    for end in (len(content) - 2, len(content) // 2):
        for padding in (b'', bytes(len(content))):
            (tmp_path / 'a.jpg').write_bytes(content[:end] + padding)
            with pytest.raises(BadMedia, match='truncated'):
                read_image(tmp_path / 'a.jpg')


@pytest.mark.parametrize('side', [9500, 13000, 30000, 2_000_000_000])
@pytest.mark.parametrize('action', ['ignore', 'error'])
def test_bombs_are_not_decoded(side, action, tmp_path, monkeypatch):
    def loaded(*args):
        raise AssertionError('decoded')

    monkeypatch.setattr(Image.Image, 'load', loaded)
    (tmp_path / 'bomb.png').write_bytes(png_of_size(side, side))
    with warnings.catch_warnings():
        warnings.simplefilter(action)
        with pytest.raises(
            BadMedia, match='bomb.png: (Image size|[0-9]+ x).*limit'
        ):
            read_image(tmp_path / 'bomb.png')


def test_the_limit_is_an_option(tmp_path):
    pillow().save(tmp_path / 'a.png')
    assert read_image(tmp_path / 'a.png', 32 * 48).shape == (32, 48, 3)
    with pytest.raises(BadMedia, match='48 x 32 pixels .* limit of 1535'):
        read_image(tmp_path / 'a.png', 32 * 48 - 1)


def test_a_download_that_was_cut_short(tmp_path):
    """A downloader may reserve the space of the whole file."""
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    pillow(noise).save(tmp_path / 'a.jpg')
    content = (tmp_path / 'a.jpg').read_bytes()
    for share in (0.2, 0.5, 0.9):
        whole = int(share * len(content))
        (tmp_path / 'a.jpg').write_bytes(
            content[:whole].ljust(len(content), b'\0')
        )
        with pytest.raises(BadMedia, match='a.jpg: the image is damaged'):
            read_image(tmp_path / 'a.jpg')


def test_content_is_decoded_as_a_file_is(tmp_path):
    for name in ('a.jpg', 'a.png', 'a.webp'):
        pillow().save(tmp_path / name)
        content = (tmp_path / name).read_bytes()
        assert np.array_equal(
            decode_image(content, name), read_image(tmp_path / name)
        )
        with pytest.raises(BadMedia, match=rf'^{name}: the image is damaged'):
            decode_image(content[: len(content) // 2], name)
        with pytest.raises(BadMedia, match='48 x 32 pixels'):
            decode_image(content, name, max_pixels=99)
    with pytest.raises(BadMedia, match=r'^a.jpg: the file is empty'):
        decode_image(b'', 'a.jpg')


def test_no_images(tmp_path):
    (tmp_path / 'text.jpg').write_text('no image')
    (tmp_path / 'empty.jpg').touch()
    (tmp_path / 'folder.jpg').mkdir()
    (tmp_path / 'link.jpg').symlink_to(tmp_path / 'gone.jpg')
    os.mkfifo(tmp_path / 'pipe.jpg')
    # Pillow would start Ghostscript.
    (tmp_path / 'ps.jpg').write_text(
        '%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n'
    )
    for name, reason in (
        ('text', 'this is no image'),
        ('ps', 'this is no image'),
        ('empty', 'the file is empty'),
        ('folder', 'this is no regular file'),
        ('pipe', 'this is no regular file'),
        ('link', 'No such file'),
        ('gone', 'No such file'),
    ):
        with pytest.raises(InputError, match=f'{name}.jpg: {reason}'):
            read_image(tmp_path / f'{name}.jpg')
    with pytest.raises(BadMedia, match='no regular file'):
        read_image('/dev/zero')


def test_damage_of_any_kind_is_one_error(tmp_path):
    """Flipped bytes: an image or BadMedia, never another error."""
    rng = np.random.default_rng(0)
    path = tmp_path / 'a'
    for form in ('JPEG', 'PNG', 'TIFF', 'GIF', 'WEBP', 'BMP', 'JPEG2000'):
        pillow().save(path, format=form)
        content = np.frombuffer(path.read_bytes(), np.uint8)
        for _ in range(60):
            damaged = content.copy()
            places = rng.integers(0, min(len(content), 400), 4)
            damaged[places] = rng.integers(0, 256, 4)
            path.write_bytes(damaged.tobytes())
            try:
                image = read_image(path, max_pixels=1_000_000)
            except BadMedia:
                continue
            assert image.dtype == np.uint8 and image.shape[2] == 3
