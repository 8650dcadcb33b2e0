"""Size of an image, read from the beginning of its file."""

from pathlib import Path

from PIL import ExifTags, Image

from mmdmr.errors import InputError

#: EXIF orientations of images that are stored on their side.
_ON_ITS_SIDE = (5, 6, 7, 8)


def upright_size(path: str | Path) -> tuple[int, int]:
    """Width and height of an image, its EXIF rotation applied.

    Args:
        path (str | Path): The file.

    Returns:
        tuple[int, int]: Width and height in pixels.

    Raises:
        FileNotFoundError: The file does not exist.
        InputError: The file is no image.
    """
    try:
        with Image.open(path) as image:
            width, height = image.size
            turned = image.getexif().get(ExifTags.Base.Orientation, 1)
    except FileNotFoundError:
        raise
    except Exception as error:  # readers of images fail in many ways
        raise InputError(
            f'{path}: no readable image ({error}); copy or export it again'
        ) from error
    return (height, width) if turned in _ON_ITS_SIDE else (width, height)
