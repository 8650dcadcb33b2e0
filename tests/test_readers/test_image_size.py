"""Size of an image."""

import pytest
from PIL import Image

from mmdmr.errors import InputError
from mmdmr.readers.image_size import upright_size


@pytest.mark.parametrize('orientation,size', [(1, (40, 30)), (6, (30, 40))])
def test_exif_rotation_is_applied(tmp_path, orientation, size):
    picture = Image.new('RGB', (40, 30))
    exif = picture.getexif()
    exif[0x0112] = orientation
    picture.save(tmp_path / 'a.jpg', exif=exif)
    assert upright_size(tmp_path / 'a.jpg') == size


def test_what_is_no_image_is_named(tmp_path):
    (tmp_path / 'a.jpg').write_text('no image')
    with pytest.raises(InputError, match=r'a.jpg: no readable image'):
        upright_size(tmp_path / 'a.jpg')
    with pytest.raises(FileNotFoundError, match='b.jpg'):
        upright_size(tmp_path / 'b.jpg')
