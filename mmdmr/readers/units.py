"""Boxes that look as if they were something else than x, y, w, h in pixels."""

import numpy as np

#: No image is so large.
LARGEST = 1e6
#: What :func:`like_corners` finds, in words.
LIKE_CORNERS = (
    'every box has x below its width and y below its height, as x1, y1, x2, '
    'y2 have; x, y, width and height are read'
)
#: With fewer boxes chance may place them so.
_FEWEST = 10


def like_corners(boxes: np.ndarray, fewest: int = _FEWEST) -> bool:
    """Whether boxes look like corners: as if all ended right of and below
    where they begin.

    Args:
        boxes (np.ndarray): (n, 4) numbers that were given as ``x, y, w, h``.
        fewest (int): With fewer boxes nothing is said. Defaults to 10.

    Returns:
        bool: True if each is wider than its distance from the left border
        and higher than that from the upper one; False for too few boxes.

    Example:
        >>> like_corners(np.tile([10, 10, 30, 70], (10, 1)))
        True
    """
    return len(boxes) >= fewest and bool((boxes[:, :2] < boxes[:, 2:]).all())


def tiny_boxes(sides: np.ndarray) -> np.ndarray:
    """Which boxes are smaller than a pixel, in which nobody is seen.

    Args:
        sides (np.ndarray): (n, 2) widths and heights.

    Returns:
        np.ndarray: (n,) bool; False for boxes without width or height.

    Example:
        >>> tiny_boxes(np.array([[0.1, 0.4], [0.0, 0.4], [10, 40]])).tolist()
        [True, False, False]
    """
    return np.all((sides > 0) & (sides < 1), axis=1)


def are_shares(tiny: np.ndarray) -> bool:
    """Whether so many boxes are tiny that all may be shares of the image.

    Args:
        tiny (np.ndarray): (n,) of :func:`tiny_boxes`.

    Returns:
        bool: True for more than a tenth.
    """
    return 10 * int(tiny.sum()) > len(tiny)
