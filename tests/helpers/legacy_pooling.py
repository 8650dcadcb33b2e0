"""Pooling of regions as mmcv 0.2.14 had it, in plain loops."""

import math

import numpy as np


def interpolate(plane, y, x):
    """Bilinear value of a map; cells have their centres at integers."""
    height, width = plane.shape
    if y < -1 or y > height or x < -1 or x > width:
        return 0.0
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
    top, left = int(y), int(x)
    bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
    dy, dx = y - top, x - left
    return (
        plane[top, left] * (1 - dy) * (1 - dx)
        + plane[top, right] * (1 - dy) * dx
        + plane[bottom, left] * dy * (1 - dx)
        + plane[bottom, right] * dy * dx
    )


def legacy_roi_align(plane, box, stride, side=7, samples=2):
    """One channel of one region, as mmcv 0.2.14 had it."""
    x1, y1, x2, y2 = box
    x_start, y_start = x1 / stride, y1 / stride
    bin_w = max((x2 + 1) / stride - x_start, 0) / side
    bin_h = max((y2 + 1) / stride - y_start, 0) / side
    out = np.zeros((side, side))
    for row in range(side):
        for column in range(side):
            for i in range(samples):
                for j in range(samples):
                    y = y_start + (row + (i + 0.5) / samples) * bin_h
                    x = x_start + (column + (j + 0.5) / samples) * bin_w
                    out[row, column] += interpolate(plane, y, x)
    return out / samples**2


def legacy_level(box, finest=56, num_levels=3):
    """Index of a region's map, by the size with its last pixel."""
    x1, y1, x2, y2 = box
    area = max(x2 - x1 + 1, 0) * max(y2 - y1 + 1, 0)
    level = math.floor(math.log2(math.sqrt(area) / finest + 1e-6))
    return min(max(level, 0), num_levels - 1)
