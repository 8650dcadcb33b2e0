"""Colours as numbers: sRGB 0..255 in tables, float32 0..1 in pictures."""

from collections.abc import Sequence

import numpy as np

#: Red, green and blue.
Colour = Sequence[float] | np.ndarray


def rgb(colour: Colour) -> np.ndarray:
    """Colour of a picture for a colour of a table.

    Args:
        colour (Sequence[float] | np.ndarray): sRGB in 0..255.

    Returns:
        np.ndarray: (3,) float32 in 0..1.

    Example:
        >>> rgb((255, 0, 51)).tolist()
        [1.0, 0.0, 0.20000000298023224]
    """
    return np.asarray(colour, np.float32) / 255
