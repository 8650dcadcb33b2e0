"""Signs that boxes are not x, y, w, h in pixels: corners, or shares."""

import numpy as np

#: Upper bound of a coordinate in pixels: no image is so large.
LARGEST = 1e6
#: Finding of :func:`like_corners`, in words.
LIKE_CORNERS = (
    'every box has x below its width and y below its height, like x1, y1, x2, '
    'y2; x, y, width and height are read'
)
#: Fewer boxes may look like corners by chance.
_FEWEST = 10


def like_corners(boxes: np.ndarray, fewest: int = _FEWEST) -> bool:
    """True if boxes look like corners ``x1, y1, x2, y2``.

    In boxes that are given as corners the third number exceeds the first and
    the fourth the second, always.

    Args:
        boxes (np.ndarray): (n, 4) numbers that are read as ``x, y, w, h``.
        fewest (int): Least number of boxes to judge by. Defaults to 10.

    Returns:
        bool: True if each box is wider than its distance from the left
        border and higher than its distance from the upper one; False for too
        few boxes.

    Example:
        >>> like_corners(np.tile([10, 10, 30, 70], (10, 1)))
        True
    """
    return len(boxes) >= fewest and bool((boxes[:, :2] < boxes[:, 2:]).all())


def tiny_boxes(sides: np.ndarray) -> np.ndarray:
    """Find boxes smaller than a pixel.

    Args:
        sides (np.ndarray): (n, 2) widths and heights in pixels.

    Returns:
        np.ndarray: (n,) bool, False for boxes without width or height.

    Example:
        >>> tiny_boxes(np.array([[0.1, 0.4], [0.0, 0.4], [10, 40]])).tolist()
        [True, False, False]
    """
    return np.all((sides > 0) & (sides < 1), axis=1)


def are_shares(tiny: np.ndarray) -> bool:
    """True if so many boxes are tiny that all may be shares of the image.

    Args:
        tiny (np.ndarray): (n,) bool, result of :func:`tiny_boxes`.

    Returns:
        bool: True if more than a tenth of the boxes is tiny.
    """
    return 10 * int(tiny.sum()) > len(tiny)
