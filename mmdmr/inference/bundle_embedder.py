"""Embedder of a bundle: a trained network without PyTorch."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmdmr.errors import InputError
from mmdmr.structures import Detections, ModelInfo

from .bundle import EMBEDDING, FEATURES, ROIS, read_bundle
from .bundle_decoding import Found, decode_dense, decode_rois
from .bundle_description import RoiPooling, TwoStageDetector
from .bundle_preprocessing import Resized, plan_resize, prepare
from .preprocessing import check_boxes, check_image
from .roi_pooling import roi_inputs, sort_rois
from .sessions import CPU, Graph, Provider


class _Pass(NamedTuple):
    """Results of the first graph for an image of a batch.

    Args:
        resized (Resized): Sizes of the image.
        maps (dict[str, np.ndarray]): Maps of the whole batch.
        outputs (list[np.ndarray]): Outputs of the dense head on this image.
        place (int): Place of the image in the batch.
    """

    resized: Resized
    maps: dict[str, np.ndarray]
    outputs: list[np.ndarray]
    place: int


class BundleEmbedder:
    """Detects and embeds persons by a bundle of ``mmdmr export_onnx``.

    The results are those of
    :class:`~mmdmr.apis.checkpoint_embedder.CheckpointEmbedder` with the
    config and the checkpoint that the bundle was made of.

    Args:
        folder (str | Path): Folder of the bundle.
        threads (int | None): Threads of a run. Defaults to None: as many as
            ONNX Runtime finds cores.
        score_thr (float | None): Least score of a detection, in [0, 1].
            Defaults to None: as the bundle says.
        providers (Sequence[str | tuple[str, dict]]): Execution providers of
            ONNX Runtime. Defaults to the CPU.
        batch_size (int | None): Greatest number of images in a run. Images
            of the same size are run together; their results do not depend on
            each other. Defaults to None: 1, which is as fast on a CPU.

    Attributes:
        model (ModelInfo): Name, fingerprint and training data. A bundle in
            fp32 has the fingerprint of the checkpoint.
        description (BundleDescription): Content of ``bundle.json``.
        score_thr (float): Least score of a detection, in [0, 1].

    Raises:
        FileNotFoundError: The folder or a file in it is missing.
        InputError: The folder is no bundle, or one of a newer version, a file
            is damaged, or a provider cannot be opened.

    Example::

        embedder = BundleEmbedder('anna.bundle', threads=2)
        detections = embedder.embed([cv2.imread('street.jpg')])
    """

    def __init__(
        self,
        folder: str | Path,
        threads: int | None = None,
        score_thr: float | None = None,
        providers: Sequence[Provider] = CPU,
        batch_size: int | None = None,
    ) -> None:
        if batch_size is not None and batch_size < 1:
            raise InputError(f'batch_size must be at least 1: {batch_size}')
        self._folder, self._batch_size = Path(folder), batch_size or 1
        self.description = about = read_bundle(folder)
        self.score_thr = about.score_thr if score_thr is None else score_thr
        self.model = ModelInfo(
            about.name, about.fingerprint, about.dim, about.trained_on
        )

        def graph(
            name: str, inputs: Sequence[str], outputs: Sequence[str]
        ) -> Graph:
            file = str(self._folder / name)
            return Graph(file, inputs, outputs, threads, providers)

        def on_rois(
            name: str, pooling: RoiPooling, outputs: Sequence[str]
        ) -> Graph:
            rois = roi_inputs(len(pooling.maps))
            return graph(name, [*pooling.maps, *rois], outputs)

        self._features = graph(
            FEATURES, ['images'], [*about.maps, *about.head.outputs]
        )
        if isinstance(about.detector, TwoStageDetector):
            self._rois = on_rois(
                ROIS, about.detector.rois.pooling, ['scores', 'boxes']
            )
        self._embedding = on_rois(EMBEDDING, about.embedding, ['embeddings'])

    def embed(self, images: Sequence[np.ndarray]) -> Detections:
        """Detect and embed all persons of some images.

        Args:
            images (Sequence[np.ndarray]): n (h, w, 3) uint8 images, BGR, of
                any sizes.

        Returns:
            Detections: Persons of the n images, image by image, highest score
            first: boxes (N, 4) in pixels of the images, scores (N,) in
            [0, 1], embeddings (N, D) of unit length, float32 all.

        Raises:
            InputError: An array is no image, or an embedding is not finite.
        """
        for image in images:
            check_image(image)
        found = [Detections.nobody(self.model.dim, 1) for _ in images]
        for i, passed in self._passes(images):
            found[i] = self._detections(passed)
        return Detections.concatenate(
            [Detections.nobody(self.model.dim, 0), *found]
        )

    def embed_with_boxes(
        self, image: np.ndarray, boxes: np.ndarray
    ) -> tuple[Detections, np.ndarray]:
        """Detect persons and embed given boxes in one pass of the network.

        Args:
            image (np.ndarray): (h, w, 3) uint8 image, BGR.
            boxes (np.ndarray): (n, 4) boxes, as for :meth:`embed_boxes`.

        Returns:
            tuple[Detections, np.ndarray]: What :meth:`embed` gives for the
            image, and :meth:`embed_boxes` for the boxes.

        Raises:
            InputError: As for these two methods.
        """
        check_image(image)
        boxes = check_boxes(boxes, image)
        ((_, passed),) = self._passes([image])
        return self._detections(passed), self._embed(boxes, passed)

    def embed_boxes(self, image: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        """Embed given boxes of one image.

        Args:
            image (np.ndarray): (h, w, 3) uint8 image, BGR.
            boxes (np.ndarray): (n, 4) ``x1, y1, x2, y2`` in pixels. A part
                outside of the image is left in, as in a test.

        Returns:
            np.ndarray: (n, D) float32 embeddings of unit length.

        Raises:
            InputError: The array is no image, a box is empty or outside of
                the image, or an embedding is not finite.
        """
        check_image(image)
        boxes = check_boxes(boxes, image)
        if not len(boxes):
            return np.empty((0, self.model.dim), np.float32)
        ((_, passed),) = self._passes([image])
        return self._embed(boxes, passed)

    def _passes(
        self, images: Sequence[np.ndarray]
    ) -> Iterator[tuple[int, _Pass]]:
        """Images by their places, after the first graph.

        Images of the same filled size are run together. The order is that of
        the runs.
        """
        settings = self.description.input
        plans = [
            plan_resize(image.shape[1], image.shape[0], settings)
            for image in images
        ]
        same: dict[tuple[int, int], list[int]] = {}
        for i, plan in enumerate(plans):
            same.setdefault(plan.padded, []).append(i)
        for places in same.values():
            for start in range(0, len(places), self._batch_size):
                batch = places[start : start + self._batch_size]
                inputs = [
                    prepare(images[i], plans[i], settings) for i in batch
                ]
                outputs = self._features.run(dict(images=np.stack(inputs)))
                num = len(self.description.maps)
                maps = dict(zip(self.description.maps, outputs))
                for place, i in enumerate(batch):
                    dense = [output[place] for output in outputs[num:]]
                    yield i, _Pass(plans[i], maps, dense, place)

    def _detections(self, passed: _Pass) -> Detections:
        """Persons of one image."""
        boxes, scores = self._detect(passed)
        feats = self._embed(boxes, passed)
        return Detections.from_counts(boxes, scores, feats, [len(boxes)])

    def _detect(self, passed: _Pass) -> Found:
        """Boxes in pixels of the image, and scores."""
        detector = self.description.detector
        if not isinstance(detector, TwoStageDetector):
            return decode_dense(
                passed.outputs, detector.head, passed.resized, self.score_thr
            )
        proposals, _ = decode_dense(
            passed.outputs, detector.proposals, passed.resized
        )
        if not len(proposals):
            return Found(proposals, np.empty(0, np.float32))
        scores, codes = self._run_on_rois(
            self._rois, proposals, detector.rois.pooling, passed
        )
        return decode_rois(
            *(scores, codes, proposals),
            *(detector.rois, passed.resized, self.score_thr),
        )

    def _embed(self, boxes: np.ndarray, passed: _Pass) -> np.ndarray:
        """(n, D) embeddings of boxes in pixels of the image, checked."""
        if not len(boxes):
            return np.empty((0, self.model.dim), np.float32)
        scale = np.tile(passed.resized.scale.astype(np.float32), 2)
        (feats,) = self._run_on_rois(
            self._embedding,
            boxes.astype(np.float32) * scale,
            self.description.embedding,
            passed,
        )
        if not np.isfinite(feats).all():
            raise InputError(
                f'{self._embedding.file}: an embedding is not finite; '
                'probably the weights are not finite'
            )
        return feats

    @staticmethod
    def _run_on_rois(
        graph: Graph, rois: np.ndarray, pooling: RoiPooling, passed: _Pass
    ) -> list[np.ndarray]:
        """Outputs for regions of one image, in the order of the regions."""
        # Regions of one image at a time: other numbers of regions may be
        # rounded differently.
        by_level = sort_rois(rois, passed.place, pooling)
        maps = {name: passed.maps[name] for name in pooling.maps}
        outputs = graph.run({**maps, **by_level.inputs})
        return [output[by_level.places] for output in outputs]
