"""An embedder that several threads may use."""

from collections.abc import Sequence
from threading import Lock

import numpy as np

from mmdmr.inference import Embedder
from mmdmr.structures import Detections, ModelInfo


class LockedEmbedder:
    """Lets one thread at a time into an embedder.

    Sessions of ONNX Runtime and networks of PyTorch use all cores already:
    two images at once would take as long as one after the other.

    Args:
        embedder (Embedder): The embedder.

    Attributes:
        model (ModelInfo): Description of the model.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._lock = Lock()
        self.model: ModelInfo = embedder.model

    def embed(self, images: Sequence[np.ndarray]) -> Detections:
        """Detect and embed all persons, as :class:`Embedder` does.

        Args:
            images (Sequence[np.ndarray]): Images, BGR.

        Returns:
            Detections: Persons of the images.
        """
        with self._lock:
            return self._embedder.embed(images)

    def embed_boxes(self, image: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        """Embed given boxes of one image, as :class:`Embedder` does.

        Args:
            image (np.ndarray): (h, w, 3) uint8 image, BGR.
            boxes (np.ndarray): (n, 4) boxes in pixels.

        Returns:
            np.ndarray: (n, D) embeddings of unit length.
        """
        with self._lock:
            return self._embedder.embed_boxes(image, boxes)
