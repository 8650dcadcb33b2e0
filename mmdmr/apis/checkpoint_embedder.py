"""Embedder of a trained person-search network.

The one module of this package that needs PyTorch and MMDetection.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from mmdet.structures import DetDataSample
from mmdet.utils import get_test_pipeline_cfg
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import MODELS, init_default_scope
from mmengine.structures import InstanceData

from mmdmr.config import load_config
from mmdmr.engine.checkpoint import check_fits, read_checkpoint
from mmdmr.engine.work_dir import is_remote
from mmdmr.errors import InputError
from mmdmr.evaluation.loading import DEFAULT_THR
from mmdmr.inference.preprocessing import check_boxes, check_image
from mmdmr.models import PersonSearchMixin
from mmdmr.structures import Detections, ModelInfo

from .checkpoint_info import fingerprint, trained_on


class CheckpointEmbedder:
    """Detects and embeds persons by a network of a config and a checkpoint.

    Images go through the test pipeline of the config, one by one: in a batch,
    the padding of an image, and so its embeddings, would depend on the other
    images.

    Args:
        config (str): Path of a config, or base name of a config of this
            package. Its data need not exist.
        checkpoint (str | Path): File of the weights. Nothing but tensors and
            MMEngine's own records is loaded from it.
        threads (int | None): Threads of PyTorch, for the whole process.
            Defaults to None: not changed.
        score_thr (float | None): Least score of a detection, in [0, 1].
            Defaults to None: ``score_thr`` of the config's test_evaluator,
            else 0.5.
        device (str): Device of PyTorch. Defaults to ``cpu``.

    Attributes:
        model (ModelInfo): Name, fingerprint and training data. The
            fingerprint covers the weights that a search uses, the network's
            settings and the test pipeline.
        network (PersonSearchMixin): The network.
        steps (list[dict]): Steps of the test pipeline, beginning with an
            image in memory.
        score_thr (float): Least score of a detection, in [0, 1].

    Raises:
        FileNotFoundError: The config or the checkpoint is missing.
        InputError: The config is of another kind of network, the checkpoint
            is not of this network, or PyTorch has no such device.

    Example::

        embedder = CheckpointEmbedder(
            'dmrnet_faster-rcnn_r18_fpn_synthetic', 'epoch_5.pth')
        detections = embedder.embed([cv2.imread('street.jpg')])
    """

    def __init__(
        self,
        config: str,
        checkpoint: str | Path,
        threads: int | None = None,
        score_thr: float | None = None,
        device: str = 'cpu',
    ) -> None:
        if threads is not None:
            torch.set_num_threads(threads)
        cfg = load_config(config)
        init_default_scope(cfg.get('default_scope', 'mmdet'))
        self.network, stored = load_network(cfg, config, str(checkpoint))
        self.network.to(_device(device)).eval()
        self.steps = _pipeline(cfg, config)
        self._pipeline = Compose(self.steps)
        if score_thr is None:
            score_thr = _score_thr(cfg)
        self.score_thr = score_thr
        grey = np.full((64, 64, 3), 128, np.uint8)
        whole = [np.array([0.0, 0.0, 64.0, 64.0])]
        self.model = ModelInfo(
            f'{Path(config).stem}, {Path(checkpoint).name}',
            fingerprint(self.network, cfg.model, self.steps),
            self._embedded(self._run(grey, whole).query_instances).shape[1],
            trained_on(stored, cfg),
        )

    @property
    def score_thr(self) -> float:
        """float: Least score of a detection; no others are embedded."""
        return self.network.embed_score_thr

    @score_thr.setter
    def score_thr(self, value: float) -> None:
        self.network.embed_score_thr = value

    def embed(self, images: Sequence[np.ndarray]) -> Detections:
        """Detect and embed all persons of some images.

        Args:
            images (Sequence[np.ndarray]): n (h, w, 3) uint8 images, BGR, of
                any sizes.

        Returns:
            Detections: Persons of the n images, image by image: boxes (N, 4)
            in pixels of the images, scores (N,) in [0, 1], embeddings (N, D)
            of unit length, float32 all.

        Raises:
            InputError: An array is no image, or an embedding is not finite.
        """
        for image in images:
            check_image(image)
        nobody = Detections.nobody(self.model.dim, 0)
        return Detections.concatenate(
            [nobody, *(self._detections(self._run(i)) for i in images)]
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
        sample = self._run(image, boxes)
        return self._detections(sample), self._embedded(sample.query_instances)

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
        if not len(boxes):
            check_image(image)
            return np.empty((0, self.model.dim), np.float32)
        return self.embed_with_boxes(image, boxes)[1]

    @torch.no_grad()
    def _run(
        self, image: np.ndarray, boxes: Iterable[np.ndarray] = ()
    ) -> DetDataSample:
        """Results of the network for one image, and for boxes in it."""
        packed = self._pipeline(
            dict(
                img=image,
                img_id=0,
                queries=[
                    dict(bbox=box.tolist(), query_id=i)
                    for i, box in enumerate(boxes)
                ],
            )
        )
        (sample,) = self.network.test_step(
            dict(
                inputs=[packed['inputs']],
                data_samples=[packed['data_samples']],
            )
        )
        return sample

    def _detections(self, sample: DetDataSample) -> Detections:
        """Persons of one image."""
        found = sample.pred_instances
        return Detections.from_counts(
            found.bboxes.float().cpu().numpy(),
            found.scores.float().cpu().numpy(),
            self._embedded(found),
            [len(found)],
        )

    def _embedded(self, instances: InstanceData) -> np.ndarray:
        """(n, D) float32 embeddings of instances, checked."""
        feats = instances.reid_feats.float().cpu().numpy()
        if not np.isfinite(feats).all():
            raise InputError(
                'an embedding is not finite; probably the weights are not '
                'finite'
            )
        return feats


def load_network(
    cfg: Config, config: str, path: str
) -> tuple[PersonSearchMixin, dict]:
    """Build the network of a config, and load its weights.

    Args:
        cfg (Config): The config; no weights are downloaded for it.
        config (str): Name of the config, for messages.
        path (str): File of the weights.

    Returns:
        tuple[PersonSearchMixin, dict]: The network, and the checkpoint that
        its weights come from.

    Raises:
        FileNotFoundError: The checkpoint is missing.
        InputError: The config is of another kind of network, or the
            checkpoint is not of this network.
    """
    if is_remote(path):
        raise InputError(f'{path}: download the checkpoint, and name the file')
    stored = read_checkpoint(path)
    if 'model' not in cfg or 'test_dataloader' not in cfg:
        raise InputError(
            f'{config}: the config of a person-search network has the '
            'entries model and test_dataloader'
        )
    # All weights come from the checkpoint: none are downloaded.
    if 'init_cfg' in cfg.model.get('backbone', {}):
        cfg.model.backbone.init_cfg = None
    network = MODELS.build(cfg.model)
    if not isinstance(network, PersonSearchMixin):
        raise InputError(
            f'{config} describes a {type(network).__name__}, which embeds no '
            'persons: name the config of a person-search network'
        )
    check_fits(network, stored, path)
    network.load_state_dict(stored['state_dict'], strict=False)
    return network, stored


def _device(name: str) -> torch.device:
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        first = str(error).splitlines()[0]
        raise InputError(f'device {name}: {first}') from error
    return device


def _pipeline(cfg: Config, config: str) -> list[dict]:
    """Steps of the test pipeline, beginning with an image in memory."""
    steps = [dict(step) for step in get_test_pipeline_cfg(cfg)]
    if not str(steps[0].get('type')).endswith('LoadImageFromFile'):
        raise InputError(
            f'{config}: the test pipeline must begin with LoadImageFromFile, '
            f'not {steps[0].get("type")}'
        )
    steps[0] = dict(type='mmdet.LoadImageFromNDArray')
    return steps


def _score_thr(cfg: Config) -> float:
    """Threshold of the first metric that has one."""
    evaluator = cfg.get('test_evaluator') or []
    metrics = evaluator if isinstance(evaluator, list) else [evaluator]
    named = [m['score_thr'] for m in metrics if 'score_thr' in m]
    return float(named[0]) if named else DEFAULT_THR
