"""Regions sorted by the map that they are pooled from."""

from typing import NamedTuple

import numpy as np

from .bundle_description import RoiPooling


class RoisByLevel(NamedTuple):
    """Regions in the order in which a graph gives results.

    Args:
        inputs (dict[str, np.ndarray]): Inputs of the graph: for map i
            ``rois{i}``, (m, 4) float32 ``x1, y1, x2, y2`` in pixels of the
            network's input, and ``images{i}``, (m,) int64 place of the image
            in the batch.
        places (np.ndarray): (n,) int64 rows of the results for the regions
            as they were given.
    """

    inputs: dict[str, np.ndarray]
    places: np.ndarray


def roi_inputs(num_maps: int) -> list[str]:
    """Names of the inputs of a graph that take regions.

    Args:
        num_maps (int): Number of maps.

    Returns:
        list[str]: Two names for each map.

    Example:
        >>> roi_inputs(2)
        ['rois0', 'images0', 'rois1', 'images1']
    """
    return [f'{kind}{i}' for i in range(num_maps) for kind in _KINDS]


_KINDS = ('rois', 'images')


def sort_rois(
    rois: np.ndarray, image: int, pooling: RoiPooling
) -> RoisByLevel:
    """Sort regions by the map that they are pooled from.

    A region goes to map ``floor(log2(root of its area / finest_scale))``, if
    there is one (FPN, CVPR 2017, Eq. 1, as in MMDetection's
    ``SingleRoIExtractor``).

    Args:
        rois (np.ndarray): (n, 4) float32 regions in pixels of the network's
            input.
        image (int): Place of their image in the batch.
        pooling (RoiPooling): The maps.

    Returns:
        RoisByLevel: The regions, sorted.

    Example:
        >>> rois = np.array([[0, 0, 300, 300], [0, 0, 9, 9]], np.float32)
        >>> by_level = sort_rois(rois, 0, RoiPooling(('a', 'b'), 56.))
        >>> by_level.inputs['rois1'].tolist(), by_level.places.tolist()
        ([[0.0, 0.0, 300.0, 300.0]], [1, 0])
    """
    num_maps = len(pooling.maps)
    sides = rois[:, 2:] - rois[:, :2]
    scales = np.sqrt(sides[:, 0] * sides[:, 1])
    # In float32, so that regions at a bound go where PyTorch sends them.
    levels = np.floor(
        np.log2(scales / np.float32(pooling.finest_scale) + np.float32(1e-6))
    )
    levels = np.clip(levels, 0, num_maps - 1)
    inputs = {}
    for level in range(num_maps):
        chosen = rois[levels == level]
        inputs[f'rois{level}'] = chosen
        inputs[f'images{level}'] = np.full(len(chosen), image, np.int64)
    places = np.empty(len(rois), np.int64)
    places[np.argsort(levels, kind='stable')] = np.arange(len(rois))
    return RoisByLevel(inputs, places)
