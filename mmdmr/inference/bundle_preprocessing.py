"""Images to the input of a bundle's network, as MMDetection makes it."""

import math
from typing import NamedTuple

import cv2
import numpy as np

from .bundle_description import BundleInput


class Resized(NamedTuple):
    """Sizes of a resized image.

    Args:
        size (tuple[int, int]): Width and height of the resized image.
        padded (tuple[int, int]): Width and height with the filled places.
        scale (np.ndarray): (2,) float64 resized pixels for an image pixel,
            along x and y.
    """

    size: tuple[int, int]
    padded: tuple[int, int]
    scale: np.ndarray


def plan_resize(width: int, height: int, settings: BundleInput) -> Resized:
    """Work out the sizes of an image in the network's input.

    Args:
        width (int): Width of the image in pixels.
        height (int): Height of the image in pixels.
        settings (BundleInput): Input of the network.

    Returns:
        Resized: The sizes.

    Example:
        >>> settings = BundleInput(
        ...     (1500, 900), True, 'rgb', (0.,) * 3, (1.,) * 3, 32, 0.)
        >>> plan_resize(1920, 1080, settings)[:2]
        ((1500, 844), (1504, 864))
    """
    size = settings.scale
    if settings.keep_ratio:
        # As MMCV's imrescale does: the largest size within both bounds.
        ratio = min(
            max(settings.scale) / max(width, height),
            min(settings.scale) / min(width, height),
        )
        # MMCV lets a side of a thin image vanish, and fails.
        size = (
            max(int(width * ratio + 0.5), 1),
            max(int(height * ratio + 0.5), 1),
        )
    divisor = settings.pad_divisor
    padded = (
        math.ceil(size[0] / divisor) * divisor,
        math.ceil(size[1] / divisor) * divisor,
    )
    scale = np.array([size[0] / width, size[1] / height])
    return Resized(size, padded, scale)


def prepare(
    image: np.ndarray, resized: Resized, settings: BundleInput
) -> np.ndarray:
    """Make the input of the network.

    Args:
        image (np.ndarray): (h, w, 3) uint8 image, BGR.
        resized (Resized): Its sizes, of :func:`plan_resize`.
        settings (BundleInput): Input of the network.

    Returns:
        np.ndarray: (3, H, W) float32, H and W being the filled sizes.

    Example:
        >>> settings = BundleInput(
        ...     (2, 2), True, 'rgb', (5.,) * 3, (2.,) * 3, 4, 7.)
        >>> image = np.full((4, 4, 3), [1, 3, 9], np.uint8)
        >>> prepare(image, plan_resize(4, 4, settings), settings)[0].tolist()
        [[2.0, 2.0, 7.0, 7.0], [2.0, 2.0, 7.0, 7.0], [7.0, 7.0, 7.0, 7.0], \
[7.0, 7.0, 7.0, 7.0]]
    """
    small = cv2.resize(image, resized.size, interpolation=cv2.INTER_LINEAR)
    width, height = resized.size
    channels = cv2.split(small)
    if settings.colours == 'rgb':
        channels = channels[::-1]
    columns, rows = resized.padded
    inputs = np.full((3, rows, columns), settings.pad_value, np.float32)
    # In float32 and in this order, as PyTorch computes it.
    for plane, channel, mean, std in zip(
        inputs[:, :height, :width], channels, settings.mean, settings.std
    ):
        np.subtract(channel, np.float32(mean), out=plane, dtype=np.float32)
        plane /= np.float32(std)
    return inputs
