"""Crops of persons."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from mmdmr.errors import InputError


def crop_person(
    img_path: str | Path, box: np.ndarray, size: tuple[int, int]
) -> Image.Image:
    """Cut a box out of an image and scale it to fit.

    Args:
        img_path (str | Path): The image; an EXIF rotation is applied.
        box (np.ndarray): (4,) ``x1, y1, x2, y2`` in pixels of the upright
            image.
        size (tuple[int, int]): Greatest width and height of the crop in
            pixels.

    Returns:
        Image.Image: RGB crop in the proportions of the box, black outside the
        image.

    Raises:
        FileNotFoundError: The image is missing.
        InputError: The image cannot be read.
    """
    try:
        with Image.open(img_path) as image:
            upright = ImageOps.exif_transpose(image).convert('RGB')
    except FileNotFoundError:
        raise
    except Exception as error:  # readers of images fail in many ways
        raise InputError(f'{img_path}: no readable image ({error})') from error
    return crop_box(upright, box, size)


def crop_box(
    image: Image.Image, box: np.ndarray, size: tuple[int, int]
) -> Image.Image:
    """Cut a box out of a picture in memory and scale it to fit.

    Args:
        image (Image.Image): The picture, upright, RGB.
        box (np.ndarray): (4,) ``x1, y1, x2, y2`` in pixels.
        size (tuple[int, int]): Greatest width and height of the crop in
            pixels.

    Returns:
        Image.Image: RGB crop in the proportions of the box, black outside the
        picture.

    Example:
        >>> image = Image.new('RGB', (100, 50))
        >>> crop_box(image, np.array([0, 0, 20, 40]), (80, 80)).size
        (40, 80)
    """
    # A detection may be empty or far outside: cut one pixel at least, and no
    # more than twice the image on either side.
    far = 2 * max(image.size)
    left, top = np.clip(np.floor(box[:2]), -far, far).astype(int)
    right, bottom = np.clip(np.ceil(box[2:]), -far, far).astype(int)
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    crop = image.crop((left, top, right, bottom))
    scale = min(size[0] / crop.width, size[1] / crop.height)
    return crop.resize(
        (
            max(1, round(crop.width * scale)),
            max(1, round(crop.height * scale)),
        ),
        Image.Resampling.BICUBIC,
    )
