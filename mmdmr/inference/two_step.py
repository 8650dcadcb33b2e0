"""Embedder of two networks: a detector and a re-ID network."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import Detections, ModelInfo

from .decoding import decode, output_names
from .description import TwoStepDescription
from .networks import Network
from .preprocessing import check_image, crop, normalise, resize
from .sessions import CPU, Provider

#: What of a description changes no embedding of a box.
_WITHOUT_EFFECT = ('file', 'batch', 'trained_on', 'score_thr')
#: Least length of an embedding that has a direction.
_LEAST_LENGTH = 1e-12


class TwoStepEmbedder:
    """Detects persons by one network, embeds their crops by another.

    Crops are cut from the image at its full size. Both networks are run once
    when the embedder is made, so that a wrong description shows at once.

    Args:
        description (TwoStepDescription): The two networks, of
            :func:`~.description.read_description`.
        threads (int | None): Threads of a run. Defaults to None: as many as
            ONNX Runtime finds cores.
        providers (Sequence[str | tuple[str, dict]]): Execution providers of
            ONNX Runtime. Defaults to the CPU.

    Attributes:
        model (ModelInfo): Name, fingerprint and training data. The
            fingerprint covers the content of both files and all settings that
            change an embedding.
        score_thr (float): Least score of a detection, in [0, 1].

    Raises:
        FileNotFoundError: The file of a network is missing.
        InputError: A file is no network, or not that of the description.

    Example::

        description = read_description(Path('yolox-nano_osnet-x0.25.yaml'))
        embedder = TwoStepEmbedder(description, threads=2)
        detections = embedder.embed([cv2.imread('street.jpg')])
    """

    def __init__(
        self,
        description: TwoStepDescription,
        threads: int | None = None,
        providers: Sequence[Provider] = CPU,
    ) -> None:
        self.description = description
        detector, reid = description.detector, description.reid
        self.score_thr = detector.score_thr
        self._detector, self._reid = (
            Network(d.file, d.input, d.batch, threads, providers)
            for d in (detector, reid)
        )
        self._detector_outputs = output_names(detector, self._detector.outputs)
        self._detector.check_outputs(self._detector_outputs)
        self._reid_output = reid.output or self._reid.outputs[0]
        self._reid.check_outputs([self._reid_output])
        grey = np.full((64, 64, 3), 128, np.uint8)
        self._detect([grey])
        self.model = ModelInfo(
            description.name,
            fingerprint(description),
            self._run_reid([grey]).shape[1],
            reid.trained_on,
        )

    def embed(self, images: Sequence[np.ndarray]) -> Detections:
        """Detect and embed all persons of some images.

        Args:
            images (Sequence[np.ndarray]): n (h, w, 3) uint8 images, BGR, of
                any sizes.

        Returns:
            Detections: Persons of the n images, image by image, highest score
            first: boxes (N, 4) float64 in pixels of the images, scores (N,)
            in [0, 1], embeddings (N, D) float32 of unit length.

        Raises:
            InputError: An array is no image, or a network gives no embedding.
        """
        for image in images:
            check_image(image)
        found = self._detect(images)
        crops = [
            part
            for image, (boxes, _) in zip(images, found)
            for part in crop(image, boxes)
        ]
        return Detections.from_counts(
            np.concatenate([np.empty((0, 4)), *(b for b, _ in found)]),
            np.concatenate([np.empty(0), *(s for _, s in found)]),
            self._embed_crops(crops),
            [len(scores) for _, scores in found],
        )

    def embed_boxes(self, image: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        """Embed given boxes of one image.

        Args:
            image (np.ndarray): (h, w, 3) uint8 image, BGR.
            boxes (np.ndarray): (n, 4) ``x1, y1, x2, y2`` in pixels; clipped
                to the image.

        Returns:
            np.ndarray: (n, D) float32 embeddings of unit length.

        Raises:
            InputError: The array is no image, a box is empty or outside of
                the image, or the network gives no embedding.
        """
        check_image(image)
        return self._embed_crops(crop(image, boxes))

    def _detect(
        self, images: Sequence[np.ndarray]
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Boxes in pixels and scores of each image."""
        description, found = self.description.detector, []
        for start in range(0, len(images), self._detector.batch):
            resized, places = zip(
                *(
                    resize(image, description.input)
                    for image in images[start : start + self._detector.batch]
                )
            )
            outputs = self._detector.run(
                normalise(resized, description.input), self._detector_outputs
            )
            persons = decode(
                outputs, self._detector.run_size(len(resized)), description
            )
            for place, (boxes, scores) in zip(places, persons):
                boxes = place.to_image(boxes)
                # A box in the filled part has no area in the image.
                inside = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
                found.append((boxes[inside], scores[inside]))
        return found

    def _embed_crops(self, crops: Sequence[np.ndarray]) -> np.ndarray:
        """(n, D) float32 embeddings of unit length."""
        feats = [np.empty((0, self.model.dim), np.float32)]
        for start in range(0, len(crops), self._reid.batch):
            feats.append(
                self._run_reid(crops[start : start + self._reid.batch])
            )
        return np.concatenate(feats)

    def _run_reid(self, crops: Sequence[np.ndarray]) -> np.ndarray:
        """(n, D) embeddings of unit length of one batch of crops."""
        settings = self.description.reid.input
        resized = [resize(image, settings)[0] for image in crops]
        (feats,) = self._reid.run(
            normalise(resized, settings), [self._reid_output]
        )
        if len(feats) != self._reid.run_size(len(crops)):
            raise InputError(
                f'{self._reid.file}: {len(crops)} crops give an output of '
                f'shape {feats.shape}; if the output has no axis for crops, '
                'set batch: 1'
            )
        feats = feats[: len(crops)].reshape(len(crops), -1)
        feats = feats.astype(np.float64)
        lengths = np.linalg.norm(feats, axis=1, keepdims=True)
        # NaN and infinity compare as false or give an infinite length.
        if not ((lengths > _LEAST_LENGTH) & np.isfinite(lengths)).all():
            raise InputError(
                f'{self._reid.file}: the embedding of a crop is zero or not '
                'finite; the weights may be broken, or the settings of the '
                'input wrong'
            )
        return (feats / lengths).astype(np.float32)


def fingerprint(description: TwoStepDescription) -> str:
    """Digest of all that changes the embedding of a detection.

    The least score of a detection is left out: it changes which persons are
    kept, but no embedding.

    Args:
        description (TwoStepDescription): The two networks.

    Returns:
        str: 64 hexadecimal digits, SHA-256 of the content of both files and
        of the settings. Names of files, batches, training data and score_thr
        are left out.

    Raises:
        OSError: A file cannot be read.
    """
    settings = asdict(description)
    # Two kinds of outputs may have the same keys.
    settings['detector']['kind'] = type(description.detector.output).__name__
    del settings['name']
    for network in settings.values():
        file = Path(network['file'])
        for key in _WITHOUT_EFFECT:
            network.pop(key, None)
        digest = hashlib.sha256(file.read_bytes())
        # Exporters put weights of more than 2 GB, or all, into a second file.
        second = file.with_name(f'{file.name}.data')
        if second.is_file():
            digest.update(second.read_bytes())
        network['content'] = digest.hexdigest()
    text = json.dumps(settings, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
