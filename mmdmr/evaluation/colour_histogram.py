"""Colour histograms of boxes as embeddings: a baseline without learning."""

import cv2
import numpy as np

#: Upper bounds of hue, saturation and value of 8-bit images in OpenCV.
_RANGES = (180, 256, 256)


def colour_histogram(
    img: np.ndarray,
    boxes: np.ndarray,
    stripes: int = 2,
    bins: int = 8,
    margin: float = 0.0,
) -> np.ndarray:
    """Embed persons by the colours of their boxes.

    Each box is cut into horizontal stripes of equal height. Each stripe gives
    a joint histogram of hue, saturation and value, as shares of its pixels.
    Square roots of the shares make the cosine of two histograms their
    Hellinger affinity. All stripes together are scaled to unit length.

    Args:
        img (np.ndarray): (h, w, 3) uint8 image, BGR as OpenCV reads it.
        boxes (np.ndarray): (n, 4) ``x1, y1, x2, y2`` in pixels; clipped to
            the image.
        stripes (int): Number of stripes. Defaults to 2.
        bins (int): Bins of each of the three channels. Defaults to 8.
        margin (float): Share of a box's width excluded on either side, in
            [0, 0.5). The sides show background mostly: 0.25 makes a much
            stronger baseline. Defaults to 0: the whole box.

    Returns:
        np.ndarray: (n, stripes * bins**3) float32 embeddings of unit length;
            all zeros for a box without a pixel inside the image.

    Raises:
        ValueError: ``img`` is not an 8-bit colour image.

    Example:
        >>> red = np.zeros((40, 20, 3), np.uint8)
        >>> red[..., 2] = 255
        >>> feats = colour_histogram(red, [[0, 0, 20, 40]])
        >>> feats.shape, float(np.round(feats @ feats.T, 5).item())
        ((1, 1024), 1.0)
    """
    if img.dtype != np.uint8 or img.ndim != 3 or img.shape[2] != 3:
        raise ValueError(
            'img must be an (h, w, 3) uint8 image, not '
            f'{img.shape} {img.dtype}'
        )
    # A copy: the caller's boxes are not to change.
    boxes = np.array(boxes, np.float64).reshape(-1, 4)
    inset = margin * (boxes[:, 2] - boxes[:, 0])
    boxes[:, 0] += inset
    boxes[:, 2] -= inset
    height, width = img.shape[:2]
    limits = [width, height, width, height]
    boxes = np.clip(np.round(boxes), 0, limits).astype(np.int64)

    hsv = cv2.cvtColor(img, cv2.COLOR_BGR2HSV).astype(np.int64)
    hue, saturation, value = np.moveaxis(hsv * bins // _RANGES, 2, 0)
    # Bin of each pixel in the joint histogram.
    index = (hue * bins + saturation) * bins + value
    size = bins**3
    feats = np.zeros((len(boxes), stripes, size), np.float64)
    for feat, (x1, y1, x2, y2) in zip(feats, boxes):
        for row, stripe in zip(
            feat, np.array_split(index[y1:y2, x1:x2], stripes)
        ):
            counts = np.bincount(stripe.ravel(), minlength=size)
            row[:] = counts / max(stripe.size, 1)
    roots = np.sqrt(feats.reshape(len(boxes), stripes * size))
    norms = np.linalg.norm(roots, axis=1, keepdims=True)
    return (roots / np.maximum(norms, 1e-12)).astype(np.float32)
