"""An embedder without a network: persons are coloured rectangles on grey."""

from hashlib import sha256

import cv2
import numpy as np
from scipy import ndimage

from mmdmr.evaluation.colour_histogram import colour_histogram
from mmdmr.structures import Detections, ModelInfo

#: Colours of "persons", BGR; no two fall into the same bin of the histogram.
COLOURS = dict(
    red=(20, 20, 220),
    green=(20, 200, 20),
    blue=(220, 60, 20),
    yellow=(20, 220, 220),
    pink=(200, 20, 220),
)


class ColourEmbedder:
    """Finds saturated rectangles, embeds them by their colours.

    Args:
        stripes (int): Stripes of the histogram; changes the fingerprint.
        trained_on (str): Data set to name.
    """

    def __init__(self, stripes=1, trained_on='colours'):
        self.stripes = stripes
        self.model = ModelInfo(
            'colours',
            sha256(f'colours {stripes}'.encode()).hexdigest(),
            stripes * 512,
            trained_on,
        )

    def embed(self, images):
        boxes, counts = [np.empty((0, 4))], []
        feats = [np.empty((0, self.model.dim), np.float32)]
        for image in images:
            found = find_rectangles(image)
            boxes.append(found)
            feats.append(self.embed_boxes(image, found))
            counts.append(len(found))
        boxes = np.concatenate(boxes)
        return Detections.from_counts(
            boxes, np.full(len(boxes), 0.9), np.concatenate(feats), counts
        )

    def embed_boxes(self, image, boxes):
        return colour_histogram(image, boxes, self.stripes)


def find_rectangles(image):
    """(n, 4) boxes of regions of strong colour with 50 pixels at least."""
    saturation = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)[..., 1]
    regions, _ = ndimage.label(saturation > 128)
    found = [
        (columns.start, rows.start, columns.stop, rows.stop)
        for i, (rows, columns) in enumerate(ndimage.find_objects(regions), 1)
        if (regions[rows, columns] == i).sum() >= 50
    ]
    return np.array(found, np.float64).reshape(-1, 4)


def draw_scene(persons, size=(160, 120)):
    """Grey image with coloured rectangles.

    Args:
        persons (Sequence): Pairs of a name in COLOURS and a box
            ``x1, y1, x2, y2`` in whole pixels.
        size (tuple[int, int]): Width and height.
    """
    image = np.full((size[1], size[0], 3), 120, np.uint8)
    for colour, (x1, y1, x2, y2) in persons:
        image[y1:y2, x1:x2] = COLOURS[colour]
    return image
