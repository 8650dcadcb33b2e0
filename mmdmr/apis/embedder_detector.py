"""An embedder in place of the network that a config describes.

``mmdmr test`` scores any model by the data and the metric of a config.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmdet.structures import DetDataSample, SampleList
from mmdet.structures.bbox import get_box_tensor
from mmengine.config import Config
from mmengine.model import BaseModel
from mmengine.structures import InstanceData
from torch import Tensor, nn

from mmdmr.config import datasets_of
from mmdmr.errors import InputError
from mmdmr.inference import Embedder
from mmdmr.registry import MODELS
from mmdmr.structures import Detections

from .batches import persons_of_image
from .models import load_embedder
from .predict import embed_batch

#: Steps of a test pipeline that an embedder does by itself.
_OWN_STEPS = ('Resize', 'Pad')
#: The one option of a network that an embedder has as well.
_KEPT_OPTION = 'embed_gt_boxes'


@MODELS.register_module()
class EmbedderDetector(BaseModel):
    """Gives the results of an embedder as MMDetection's data samples.

    Images come at their own size: an embedder resizes by itself.

    Args:
        embedder (str | Embedder): An embedder, or the name of a model that
            :func:`~mmdmr.apis.models.load_embedder` opens without a
            checkpoint.
        score_thr (float | None): Least score of a detection, in [0, 1], for
            a model that is given by name. Defaults to None: as the model
            says.
        embed_gt_boxes (bool): True to embed the ground-truth boxes as well.
            Defaults to False.

    Raises:
        FileNotFoundError: A file of the model is missing.
        InputError: The model is wrong.

    Example::

        model = dict(type='mmdmr.EmbedderDetector', embedder='anna.bundle')
    """

    def __init__(
        self,
        embedder: str | Embedder,
        score_thr: float | None = None,
        embed_gt_boxes: bool = False,
    ) -> None:
        super().__init__()
        if isinstance(embedder, str):
            embedder = load_embedder(embedder, score_thr=score_thr)
        self.embedder = embedder
        self.embed_gt_boxes = embed_gt_boxes
        # Several processes: PyTorch wraps no module without a parameter.
        self.unused = nn.Parameter(torch.zeros(1))

    def forward(
        self,
        inputs: Sequence[Tensor],
        data_samples: SampleList,
        mode: str = 'predict',
    ) -> SampleList:
        """Detect and embed the persons of a batch.

        Args:
            inputs (Sequence[Tensor]): n (3, h, w) uint8 images, BGR, each of
                its own size.
            data_samples (list[:obj:`DetDataSample`]): n data samples, perhaps
                with ``query_instances.bboxes`` and ``gt_instances.bboxes``,
                in pixels of the image.
            mode (str): ``predict``. Defaults to 'predict'.

        Returns:
            list[:obj:`DetDataSample`]: The data samples with
            ``pred_instances.{bboxes, scores, labels, reid_feats}``, and with
            ``reid_feats`` of queries and, with ``embed_gt_boxes``, of
            ground-truth boxes. Embeddings are (n, d) float32 of unit length.

        Raises:
            InputError: The mode is another, an image was resized, or the
                embedder fails. The message names the image.
        """
        if mode != 'predict':
            raise InputError(
                'an embedder is not trained: the mode must be predict, not '
                f'{mode}'
            )
        targets = [self._to_embed(sample) for sample in data_samples]
        detections, feats_of = embed_batch(
            self.embedder,
            [sample.get('img_path', 'image') for sample in data_samples],
            [_image(*pair) for pair in zip(inputs, data_samples)],
            [
                np.concatenate(
                    [np.empty((0, 4), np.float32), *map(_boxes, instances)]
                )
                for instances in targets
            ],
        )
        for i, (sample, instances) in enumerate(zip(data_samples, targets)):
            sample.pred_instances = _instances(persons_of_image(detections, i))
            # Back to the instances the boxes came from, in the same order.
            parts = torch.from_numpy(feats_of[i]).split(
                [len(part.bboxes) for part in instances]
            )
            for part, feats in zip(instances, parts):
                part.reid_feats = feats
        return data_samples

    def _to_embed(self, sample: DetDataSample) -> list[InstanceData]:
        """Instances of an image whose boxes are embedded."""
        given = [sample.get('query_instances')]
        if self.embed_gt_boxes:
            given.append(sample.gt_instances)
        return [instances for instances in given if instances is not None]


def replace_network(
    cfg: Config,
    name: str,
    score_thr: float | None = None,
    options: Mapping[str, Any] | None = None,
) -> None:
    """Put an embedder in place of the network of a config.

    Args:
        cfg (Config): Config to change: ``model``, and the pipelines of the
            test sets, which no longer resize.
        name (str): Name of a model that
            :func:`~mmdmr.apis.models.load_embedder` opens without a
            checkpoint.
        score_thr (float | None): Least score of a detection. Defaults to
            None: as the model says.
        options (Mapping[str, Any] | None): Values by dotted keys that the
            user changed in the config. Defaults to None.

    Raises:
        InputError: An option would change the network, which is not used.
    """
    for key in options or {}:
        parts = key.split('.')
        if parts[0] == 'model' and parts[1:] != [_KEPT_OPTION]:
            raise InputError(
                f'--cfg-options {key}: {name} stands in place of the network '
                'of the config, so that the option would have no effect: '
                'leave it out'
            )
    # The written config finds the class without this command.
    imports = cfg.get('custom_imports') or dict(imports=[])
    imports['imports'] = [*imports['imports'], __name__]
    cfg.custom_imports = imports
    cfg.model = dict(
        type=f'mmdmr.{EmbedderDetector.__name__}',
        embedder=name,
        score_thr=score_thr,
        embed_gt_boxes=(cfg.get('model') or {}).get(_KEPT_OPTION, False),
    )
    for dataset in datasets_of(cfg, 'test_dataloader'):
        dataset.pipeline = [
            step
            for step in dataset.get('pipeline', [])
            if str(step.get('type')).split('.')[-1] not in _OWN_STEPS
        ]


def _image(inputs: Tensor, sample: DetDataSample) -> np.ndarray:
    """(h, w, 3) image, checked to be of its own size."""
    size = tuple(inputs.shape[1:])
    if size != tuple(sample.get('ori_shape', size)):
        raise InputError(
            f'{sample.get("img_path")}: the test pipeline turns an image of '
            f'{sample.ori_shape} pixels (height, width) into {size}, but the '
            'model resizes by itself: remove the steps that resize'
        )
    return np.ascontiguousarray(inputs.permute(1, 2, 0).cpu().numpy())


def _boxes(instances: InstanceData) -> np.ndarray:
    return get_box_tensor(instances.bboxes).cpu().numpy()


def _instances(persons: Detections) -> InstanceData:
    """Persons of one image as MMDetection has them."""
    boxes, scores, feats = (
        torch.from_numpy(np.ascontiguousarray(array, np.float32))
        for array in (persons.boxes, persons.scores, persons.feats)
    )
    labels = torch.zeros(len(persons), dtype=torch.int64)
    return InstanceData(
        bboxes=boxes, scores=scores, labels=labels, reid_feats=feats
    )
