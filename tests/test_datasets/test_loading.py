"""Loading images of every kind."""

import contextlib
import errno

import cv2
import mmcv.transforms
import numpy as np
import pytest
from bad_images import BAD, write_bad
from mmengine import fileio
from mmengine.dataset import Compose
from mmengine.fileio import BaseStorageBackend
from mmengine.registry import init_default_scope
from PIL import Image

from mmdmr.datasets import LoadImageFromFile
from mmdmr.datasets.loading import is_plain_loader
from mmdmr.media.opening import BadMedia

ENTRY = dict(type='LoadImageFromFile', _scope_='mmdmr')
ORIENTATION = 0x0112


class Shelf(BaseStorageBackend):
    """Another storage: files in memory."""

    files: dict = {}

    errors = dict(gone=FileNotFoundError, offline=ConnectionError)

    def __init__(self, missing='gone'):
        self.missing = missing

    def get(self, path):
        if path in self.files:
            return memoryview(self.files[path])
        if self.missing is None:
            return None
        raise self.errors[self.missing](f'no {path} here')

    def get_text(self, path, encoding='utf-8'):
        return str(self.get(path), encoding)


fileio.register_backend('shelf', Shelf, prefixes='shelf', force=True)


@pytest.fixture(scope='module')
def smooth():
    """An odd-sized picture with colours that JPEG can keep."""
    noise = np.random.default_rng(0).integers(0, 256, (75, 101, 3), np.uint8)
    return Image.fromarray(cv2.GaussianBlur(noise, (9, 9), 0))


def save(image, path, orientation=1, **options):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    image.save(path, exif=exif, **options)


@pytest.mark.parametrize(
    'mode, name, options',
    [
        ('RGB', 'a.jpg', {}),
        ('RGB', 'a.jpg', dict(progressive=True)),
        ('RGB', 'a.jpg', dict(subsampling=0, quality=95)),
        ('L', 'a.jpg', {}),
        ('RGB', 'a.png', {}),
        ('L', 'a.png', {}),
        ('P', 'a.png', {}),
        ('1', 'a.png', {}),
        ('RGB', 'a.bmp', {}),
    ],
)
def test_usual_files_give_the_pixels_of_mmcv(
    mode, name, options, smooth, tmp_path
):
    """No figure of an earlier version changes."""
    smooth.convert(mode).save(tmp_path / name, **options)
    info = dict(img_path=str(tmp_path / name))
    for to_float32 in (False, True):
        ours = LoadImageFromFile(to_float32)(dict(info))
        theirs = mmcv.transforms.LoadImageFromFile(to_float32)(dict(info))
        assert ours['img'].dtype == theirs['img'].dtype
        assert np.array_equal(ours.pop('img'), theirs.pop('img'))
        assert ours == theirs
        assert ours['img_shape'] == (75, 101)


@pytest.mark.parametrize('orientation', range(1, 9))
def test_jpegs_are_turned_as_by_mmcv(orientation, smooth, tmp_path):
    save(smooth, tmp_path / 'a.jpg', orientation)
    info = dict(img_path=str(tmp_path / 'a.jpg'))
    ours = LoadImageFromFile()(dict(info))
    theirs = mmcv.transforms.LoadImageFromFile()(dict(info))
    assert np.array_equal(ours['img'], theirs['img'])
    assert ours['ori_shape'] == ((101, 75) if orientation > 4 else (75, 101))


def test_odd_files_are_as_a_viewer_shows_them(tmp_path):
    """Red above blue, however the file stores it."""
    upright = np.zeros((32, 16, 3), np.uint8)
    upright[:16, :, 2] = upright[16:, :, 0] = 255
    image = Image.fromarray(np.ascontiguousarray(upright[..., ::-1]))
    lying = image.transpose(Image.Transpose.ROTATE_90)
    save(lying, tmp_path / 'exif.png', 6)
    save(lying, tmp_path / 'exif.webp', 6, lossless=True)
    save(lying, tmp_path / 'exif.jpg', 6, quality=100, subsampling=0)
    image.convert('CMYK').save(tmp_path / 'cmyk.jpg', quality=100)
    image.quantize(4).save(tmp_path / 'palette.png')
    cv2.imwrite(str(tmp_path / '16.png'), upright.astype(np.uint16) * 257)
    clear = image.convert('RGBA')
    clear.putalpha(255)
    clear.save(tmp_path / 'alpha.png')
    for path in sorted(tmp_path.iterdir()):
        results = LoadImageFromFile()(dict(img_path=str(path)))
        found = results['img'].astype(int)
        assert found.shape == (32, 16, 3), path.name
        assert abs(found - upright).max() <= 3, path.name


def test_grey_of_16_bits_and_transparency(tmp_path):
    grey = np.array([[0, 12850, 65535]], np.uint16)
    cv2.imwrite(str(tmp_path / 'a.png'), grey)
    found = LoadImageFromFile()(dict(img_path=str(tmp_path / 'a.png')))['img']
    assert found.tolist() == [[[0] * 3, [50] * 3, [255] * 3]]
    Image.new('RGBA', (1, 1), (0, 0, 0, 0)).save(tmp_path / 'b.png')
    found = LoadImageFromFile()(dict(img_path=str(tmp_path / 'b.png')))['img']
    assert found.tolist() == [[[255] * 3]]


@pytest.mark.parametrize('kind', BAD)
def test_bad_files_are_named(kind, tmp_path):
    name = write_bad(tmp_path, kind)
    with pytest.raises(BadMedia, match=f'{name}: {BAD[kind][1]}') as error:
        LoadImageFromFile()(dict(img_path=str(tmp_path / name)))
    assert error.value.name == str(tmp_path / name)


def test_a_disk_that_cannot_read_a_file(tmp_path, monkeypatch):
    class Worn:
        def read(self):
            raise OSError(errno.EIO, 'Input/output error')

    monkeypatch.setattr(
        'mmdmr.datasets.loading.open_file',
        lambda path: contextlib.nullcontext(Worn()),
    )
    with pytest.raises(BadMedia, match='a.jpg: Input/output error'):
        LoadImageFromFile()(dict(img_path='a.jpg'))


def test_another_storage(smooth, tmp_path, monkeypatch):
    smooth.save(tmp_path / 'a.jpg')
    content = (tmp_path / 'a.jpg').read_bytes()
    monkeypatch.setattr(
        Shelf,
        'files',
        {
            'shelf://a.jpg': content,
            'shelf://half.jpg': content[: len(content) // 2],
            'shelf://empty.jpg': b'',
        },
    )
    wanted = cv2.imread(str(tmp_path / 'a.jpg'))
    named = LoadImageFromFile(backend_args=dict(backend='shelf'))
    for loader in (LoadImageFromFile(), named):
        found = loader(dict(img_path='shelf://a.jpg'))
        assert np.array_equal(found['img'], wanted)
        for name, reason in (
            ('half', 'the image is damaged or truncated'),
            ('empty', 'the file is empty'),
            ('gone', 'no shelf://gone.jpg here'),
        ):
            with pytest.raises(BadMedia, match=f'{name}.jpg: {reason}'):
                loader(dict(img_path=f'shelf://{name}.jpg'))
    silent = LoadImageFromFile(
        backend_args=dict(backend='shelf', missing=None)
    )
    with pytest.raises(BadMedia, match='gone.jpg: the file is empty'):
        silent(dict(img_path='shelf://gone.jpg'))


def test_a_storage_that_fails_is_no_bad_image():
    """Else a lost connection would skip image after image."""
    lost = LoadImageFromFile(
        backend_args=dict(backend='shelf', missing='offline')
    )
    with pytest.raises(ConnectionError):
        lost(dict(img_path='shelf://a.jpg'))


def test_the_scope_makes_it_ours():
    """A step without scope stays MMCV's, as in configs of earlier versions."""
    init_default_scope('mmdet')
    plain = dict(type='LoadImageFromFile')
    ours, theirs = Compose([ENTRY, plain]).transforms
    assert type(ours) is LoadImageFromFile and not is_plain_loader(ours)
    assert type(theirs) is mmcv.transforms.LoadImageFromFile
    assert is_plain_loader(theirs)


def test_inferencers_of_mmdetection_read_by_it(tmp_path):
    """They put another type into the entry and leave the scope."""
    init_default_scope('mmdet')
    name = write_bad(tmp_path, 'truncated')
    of_files, of_arrays = Compose(
        [
            dict(ENTRY, type='mmdet.InferencerLoader'),
            dict(ENTRY, type='mmdet.LoadImageFromNDArray'),
        ]
    ).transforms
    with pytest.raises(BadMedia, match=name):
        of_files(str(tmp_path / name))
    array = np.zeros((4, 5, 3), np.uint8)
    for loader, results in ((of_files, array), (of_arrays, dict(img=array))):
        assert loader(results)['img'].shape == (4, 5, 3)
