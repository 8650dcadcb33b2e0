"""Images to the inputs of networks, and boxes back to the images."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from mmdmr.errors import InputError

from .description import InputSettings

_INTERPOLATIONS = dict(
    linear=cv2.INTER_LINEAR, area=cv2.INTER_AREA, cubic=cv2.INTER_CUBIC
)


class Placement(NamedTuple):
    """Where an image lies in the input of a network.

    Args:
        scale (tuple[float, float]): Input pixels for an image pixel, along
            x and y.
        offset (tuple[int, int]): Input pixels left of and above the image.
        size (tuple[int, int]): Width and height of the image in its pixels.
    """

    scale: tuple[float, float]
    offset: tuple[int, int]
    size: tuple[int, int]

    def to_image(self, boxes: np.ndarray) -> np.ndarray:
        """Boxes in pixels of the image, clipped to it.

        Args:
            boxes (np.ndarray): (n, 4) ``x1, y1, x2, y2`` in pixels of the
                network's input.

        Returns:
            np.ndarray: (n, 4) float64 boxes. A box beside the image has no
            area.

        Example:
            >>> place = Placement((0.5, 0.5), (0, 10), (100, 60))
            >>> place.to_image(np.array([[5., 20., 60., 30.]])).tolist()
            [[10.0, 20.0, 100.0, 40.0]]
        """
        boxes = (boxes - np.tile(self.offset, 2)) / np.tile(self.scale, 2)
        return np.clip(boxes, 0, np.tile(self.size, 2))


def check_image(image: np.ndarray) -> None:
    """Check that an array is an image as OpenCV reads it.

    Args:
        image (np.ndarray): The image.

    Raises:
        InputError: The array is no (h, w, 3) uint8 image.
    """
    if (
        not isinstance(image, np.ndarray)
        or image.dtype != np.uint8
        or image.ndim != 3
        or image.shape[2] != 3
        or not image.size
    ):
        shown = (
            f'{image.shape} {image.dtype}'
            if isinstance(image, np.ndarray)
            else type(image).__name__
        )
        raise InputError(
            f'an image must be an (h, w, 3) uint8 array, BGR, not {shown}'
        )


def resize(
    image: np.ndarray, settings: InputSettings
) -> tuple[np.ndarray, Placement]:
    """Bring an image to the size that a network takes.

    Args:
        image (np.ndarray): (h, w, 3) uint8 image.
        settings (InputSettings): Input of the network.

    Returns:
        tuple[np.ndarray, Placement]: (H, W, 3) uint8 image, and where the
        image lies in it.

    Example:
        >>> settings = InputSettings((40, 40), 'letterbox', 'bgr', fill=9)
        >>> resized, place = resize(np.zeros((50, 100, 3), np.uint8), settings)
        >>> resized[:, 0, 0].tolist() == [0] * 20 + [9] * 20, place.scale
        (True, (0.4, 0.4))
    """
    width, height = settings.size
    rows, columns = image.shape[:2]
    if settings.resize == 'stretch':
        new = (width, height)
    else:
        # As YOLOX does: sides are cut to whole pixels.
        ratio = min(width / columns, height / rows)
        new = max(int(columns * ratio), 1), max(int(rows * ratio), 1)
    resized = cv2.resize(
        image, new, interpolation=_INTERPOLATIONS[settings.interpolation]
    )
    left, top = 0, 0
    if settings.resize == 'letterbox-centre':
        left, top = (width - new[0]) // 2, (height - new[1]) // 2
    if new != (width, height):
        filled = np.full((height, width, 3), settings.fill, np.uint8)
        filled[top : top + new[1], left : left + new[0]] = resized
        resized = filled
    scale = new[0] / columns, new[1] / rows
    return resized, Placement(scale, (left, top), (columns, rows))


def normalise(
    images: Sequence[np.ndarray], settings: InputSettings
) -> np.ndarray:
    """Make the input of a network of images that have its size.

    Args:
        images (Sequence[np.ndarray]): n (H, W, 3) uint8 images, BGR, n > 0.
        settings (InputSettings): Input of the network.

    Returns:
        np.ndarray: (n, 3, H, W) or (n, H, W, 3) array of the network's type.

    Example:
        >>> settings = InputSettings((2, 1), 'stretch', 'rgb', divide_by=255.)
        >>> image = np.array([[[0, 255, 255]] * 2], np.uint8)
        >>> normalise([image], settings)[0, :, 0, 0].tolist()
        [1.0, 1.0, 0.0]
    """
    stacked = np.stack(images)
    if settings.colours == 'rgb':
        stacked = stacked[..., ::-1]
    channels = (1, 1, 1, 3)
    if settings.layout == 'nchw':
        stacked, channels = stacked.transpose(0, 3, 1, 2), (1, 3, 1, 1)
    if settings.dtype == 'uint8':
        return np.ascontiguousarray(stacked)
    inputs = np.ascontiguousarray(stacked, np.float32)
    if settings.is_scaled:
        # (pixel / divide_by - mean) / std as one factor and one term
        std = np.array(settings.std)
        factor = 1 / (settings.divide_by * std)
        term = -np.array(settings.mean) / std
        inputs *= factor.astype(np.float32).reshape(channels)
        inputs += term.astype(np.float32).reshape(channels)
    return inputs.astype(settings.dtype, copy=False)


def clip_boxes(boxes: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Clip boxes to an image.

    Args:
        boxes (np.ndarray): (n, 4) ``x1, y1, x2, y2`` in pixels.
        image (np.ndarray): (h, w, 3) image.

    Returns:
        np.ndarray: (n, 4) float64 boxes with an area.

    Raises:
        InputError: A box is empty, not finite, or outside of the image.

    Example:
        >>> image = np.zeros((50, 100, 3), np.uint8)
        >>> clip_boxes(np.array([[90.2, 10., 120., 30.]]), image).tolist()
        [[90.2, 10.0, 100.0, 30.0]]
    """
    height, width = image.shape[:2]
    boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    clipped = np.clip(boxes, 0, [width, height, width, height])
    # Comparisons with NaN are false.
    good = (clipped[:, 2:] > clipped[:, :2]).all(axis=1)
    if not good.all():
        wrong = boxes[np.argmin(good)]
        raise InputError(
            f'box {wrong.tolist()} (x1, y1, x2, y2) is empty, or outside of '
            f'the image of {width} x {height} pixels'
        )
    return clipped


def check_boxes(boxes: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Check that boxes overlap an image, without clipping them.

    Args:
        boxes (np.ndarray): (n, 4) ``x1, y1, x2, y2`` in pixels.
        image (np.ndarray): (h, w, 3) image.

    Returns:
        np.ndarray: (n, 4) float64, the same boxes.

    Raises:
        InputError: A box is empty, not finite, or outside of the image.

    Example:
        >>> image = np.zeros((50, 100, 3), np.uint8)
        >>> check_boxes(np.array([[90., 10., 120., 30.]]), image).tolist()
        [[90.0, 10.0, 120.0, 30.0]]
    """
    clip_boxes(boxes, image)
    return np.asarray(boxes, np.float64).reshape(-1, 4)


def crop(image: np.ndarray, boxes: np.ndarray) -> list[np.ndarray]:
    """Cut boxes out of an image, without a copy.

    Args:
        image (np.ndarray): (h, w, 3) uint8 image.
        boxes (np.ndarray): (n, 4) ``x1, y1, x2, y2`` in pixels.

    Returns:
        list[np.ndarray]: n images with at least one pixel. Sides are clipped
        to the image and rounded to whole pixels.

    Raises:
        InputError: A box is empty, not finite, or outside of the image.

    Example:
        >>> image = np.zeros((50, 100, 3), np.uint8)
        >>> [c.shape for c in crop(image, np.array([[90.2, 10., 120., 30.]]))]
        [(20, 10, 3)]
    """
    height, width = image.shape[:2]
    clipped = clip_boxes(boxes, image)
    starts = np.minimum(clipped[:, :2].round(), [width - 1, height - 1])
    ends = np.maximum(clipped[:, 2:].round(), starts + 1)
    corners = np.concatenate([starts, ends], axis=1).astype(np.int64)
    return [image[y1:y2, x1:x2] for x1, y1, x2, y2 in corners]
