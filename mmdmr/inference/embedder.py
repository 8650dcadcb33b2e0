"""The interface of models that detect and embed persons."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from mmdmr.structures import Detections, ModelInfo


class Embedder(Protocol):
    """Detects persons and embeds them.

    Images are (h, w, 3) uint8 arrays, BGR as OpenCV reads them, upright.

    Attributes:
        model (ModelInfo): Description of the model.
    """

    model: ModelInfo

    def embed(self, images: Sequence[np.ndarray]) -> Detections:
        """Detect and embed all persons of some images.

        Args:
            images (Sequence[np.ndarray]): n images of any sizes.

        Returns:
            Detections: Persons of the n images, image by image: boxes in
            pixels of the images, scores in [0, 1], embeddings (N, D) float32
            of unit length.
        """
        ...

    def embed_boxes(self, image: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        """Embed given boxes of one image.

        Args:
            image (np.ndarray): (h, w, 3) uint8 image, BGR.
            boxes (np.ndarray): (n, 4) ``x1, y1, x2, y2`` in pixels.

        Returns:
            np.ndarray: (n, D) float32 embeddings of unit length.
        """
        ...
