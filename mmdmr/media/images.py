"""Reading one image as an upright array of 8 bits, blue first."""

import io
import os
import struct
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from PIL import Image

from .opening import EMPTY, BadMedia, open_file

#: Largest image that is decoded, in pixels: Pillow's own limit, 268 MB as an
#: array of bytes.
MAX_PIXELS = 89_478_485

# Pillow would load its formats with the first image: while one thread does, a
# second one finds some of them missing.
Image.init()
#: Formats that are read, as far as the installed Pillow can. Pillow knows
#: others that start programs (PostScript) or are no photographs.
FORMATS = tuple(
    name
    for name in (
        *('JPEG', 'PNG', 'WEBP', 'BMP', 'DIB', 'GIF', 'TIFF', 'PPM'),
        *('JPEG2000', 'AVIF'),
    )
    if name in Image.OPEN
)

#: Bytes of a JPEG that are read into memory; larger files are left to Pillow.
_LARGEST_JPEG = 1 << 28
#: Marker at the end of a JPEG.
_END = b'\xff\xd9'

_ORIENTATION = 0x0112
#: What makes an image upright, by the orientation of its EXIF data.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read_image(path: str | Path, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Read an image of any colours and orientation as upright BGR.

    The size is read from the header and checked before anything is decoded.
    Images with 16 bits are scaled to 8, transparent pixels lie over white,
    the orientation of the EXIF data is applied, and an animation gives its
    first frame. CMYK is converted without a colour profile; profiles of other
    images are ignored.

    Args:
        path (str | Path): File of one of the formats :data:`FORMATS`,
            recognised by its content.
        max_pixels (int): Largest width times height. Beyond twice
            ``PIL.Image.MAX_IMAGE_PIXELS`` Pillow refuses an image anyway.
            Defaults to ``MAX_PIXELS``, 89 million.

    Returns:
        np.ndarray: (h, w, 3) uint8, BGR, upright, contiguous.

    Raises:
        BadMedia: The file cannot be read, is no image, is truncated or too
            large, or has pixels of a kind without a known range.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), 'red.png')
        >>> Image.new('RGB', (2, 1), 'red').save(path)
        >>> read_image(path).tolist()
        [[[0, 0, 255], [0, 0, 255]]]
    """
    with open_file(path) as file:
        return _decoded(file, path, max_pixels)


def decode_image(
    content: bytes, name: str | Path, max_pixels: int = MAX_PIXELS
) -> np.ndarray:
    """Decode the content of an image file, as :func:`read_image` does.

    Args:
        content (bytes): Content of the file.
        name (str | Path): Name of the file, for an error.
        max_pixels (int): Largest width times height. Defaults to
            ``MAX_PIXELS``, 89 million.

    Returns:
        np.ndarray: (h, w, 3) uint8, BGR, upright, contiguous.

    Raises:
        BadMedia: The content is empty, or an image that :func:`read_image`
            refuses.

    Example:
        >>> decode_image(b'', 'a.jpg')
        Traceback (most recent call last):
        ...
        mmdmr.media.opening.BadMedia: a.jpg: the file is empty
    """
    if not content:
        raise BadMedia(name, EMPTY)
    return _decoded(io.BytesIO(content), name, max_pixels)


def _decoded(file: BinaryIO, path: str | Path, max_pixels: int) -> np.ndarray:
    """Decode an open file and turn the image upright."""
    try:
        with Image.open(file, formats=FORMATS) as image:
            _check_size(path, image.size, max_pixels)
            pixels = _whole_jpeg(image, file)
            if pixels is None:
                image.load()
                rgb = np.asarray(_rgb(path, image))
                pixels = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
            # Only now: Pillow turns TIFF files when it loads them.
            orientation = _orientation(image)
    except BadMedia:
        raise
    except Image.UnidentifiedImageError as error:
        raise BadMedia(
            path, 'this is no image, or of a format that is not read'
        ) from error
    except (
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise BadMedia(path, str(error)) from error
    except Exception as error:
        # Pillow's decoders raise whatever a damaged file leads them to:
        # OSError, SyntaxError, struct.error, IndexError and others.
        raise BadMedia(
            path, f'the image is damaged or truncated ({error})'
        ) from error
    if orientation not in _UPRIGHT:
        return pixels
    turned = Image.fromarray(pixels).transpose(_UPRIGHT[orientation])
    return np.array(turned)


def _check_size(
    path: str | Path, size: tuple[int, int], max_pixels: int
) -> None:
    width, height = size
    if width * height > max_pixels:
        raise BadMedia(
            path,
            f'{width} x {height} pixels are more than the limit of '
            f'{max_pixels}; make the image smaller or raise the limit',
        )


def _whole_jpeg(image: Image.Image, file: BinaryIO) -> np.ndarray | None:
    """Decode an ordinary JPEG by OpenCV, in half of Pillow's time.

    OpenCV may fill what a truncated file lacks with grey. So a file that does
    not end with the end marker, at most padded with zeros, is left to Pillow,
    which tells whether pixels are missing. Zeros in place of the end, as a
    download that was cut short or a crash leaves them, are pixels to both.
    So the end marker must stand somewhere behind the header.

    Returns:
        np.ndarray | None: (h, w, 3) uint8, BGR, not turned; None for other
        images.

    Raises:
        OSError: The file has no end marker.
    """
    if image.format not in ('JPEG', 'MPO'):
        return None
    # Pillow has read the header, which may hold a preview with a marker.
    start = file.tell()
    if file.seek(0, os.SEEK_END) > _LARGEST_JPEG:
        return None
    file.seek(0)
    content = file.read()
    if not content.rstrip(b'\0').endswith(_END):
        if _END not in content[start:]:
            raise OSError('image file has no end')
        return None
    if image.mode not in ('RGB', 'L'):
        return None
    return cv2.imdecode(
        np.frombuffer(content, np.uint8),
        cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION,
    )


def _orientation(image: Image.Image) -> int:
    """Orientation of the EXIF data; 1, upright, if it cannot be read."""
    try:
        return image.getexif().get(_ORIENTATION, 1)
    except (OSError, SyntaxError, ValueError, TypeError, struct.error):
        # A damaged remark must not cost the image.
        return 1


def _rgb(path: str | Path, image: Image.Image) -> Image.Image:
    """Convert a decoded image of any mode to three channels of 8 bits."""
    if image.mode == 'RGB' and 'transparency' not in image.info:
        return image
    if image.mode.startswith('I'):
        return _scaled(path, np.asarray(image))
    if image.mode == 'F':
        raise BadMedia(
            path,
            'pixels are floating-point numbers of unknown range; save the '
            'image with 8 or 16 bits',
        )
    if image.has_transparency_data:
        over = image.convert('RGBA')
        white = Image.new('RGBA', over.size, 'white')
        return Image.alpha_composite(white, over).convert('RGB')
    return image.convert('RGB')


def _scaled(path: str | Path, grey: np.ndarray) -> Image.Image:
    """Scale grey values of 16 bits to 8 bits; Pillow would clip them."""
    if grey.min() < 0 or grey.max() > 65535:
        raise BadMedia(
            path,
            'grey values exceed 16 bits; save the image with 8 or 16 bits',
        )
    eight = np.round(grey / 257).astype(np.uint8)
    return Image.fromarray(eight).convert('RGB')
