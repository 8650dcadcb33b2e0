"""Person search with any MMDetection detector: the re-ID branch."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from mmdet.models.dense_heads.base_dense_head import BaseDenseHead
from mmdet.models.roi_heads.bbox_heads import BBoxHead
from mmdet.structures import DetDataSample, OptSampleList, SampleList
from mmdet.structures.bbox import bbox2roi, get_box_tensor
from mmdet.utils import ConfigType, OptConfigType
from mmengine.structures import InstanceData
from torch import Tensor, nn

from mmdmr.errors import InputError
from mmdmr.models.featmaps import featmap_shapes
from mmdmr.models.key_pass import (
    backbone_maps,
    frozen_maps_kept,
    neck_maps,
)
from mmdmr.models.precision import widen_outputs
from mmdmr.registry import MODELS

if TYPE_CHECKING:
    from mmdet.models.detectors import BaseDetector as _Detector
else:
    _Detector = object


class PersonSearchMixin(_Detector):
    """Adds a re-identification branch to a detector.

    ``class DMRFasterRCNN(PersonSearchMixin, FasterRCNN)`` needs no body.
    Detection and identification share the feature maps and nothing else
    (DMRNet, AAAI 2021, Sec. 3.2). The branch works on the maps that the
    detector's ``extract_feat`` returns, so each image passes the backbone
    once. In training the branch embeds the ground-truth boxes. In prediction
    the branch embeds the final detections, and the boxes of the queries that
    come with an image.

    Args:
        *args: Arguments of the detector.
        reid_head (dict): Config of the branch, e.g. ``mmdmr.DMRHead``.
        memory (dict): Config of the memory, e.g. ``mmdmr.MemoryQueue``; its
            keys have the length of the head's embeddings.
        key_encoder (dict | None): Config of the encoder that fills the
            memory, e.g. ``mmdmr.KeyEncoder``, which follows backbone, neck and
            branch. Without a key encoder the batch's own embeddings are the
            keys. Defaults to None.
        embed_gt_boxes (bool): True if :meth:`predict` also embeds the
            ground-truth boxes of the data samples. These boxes must be in
            pixels of the original image, as in a pipeline that loads
            annotations after resizing. Defaults to False.
        embed_score_thr (float): Least score, in [0, 1], of the detections
            that :meth:`predict` embeds and returns; detections with lower
            scores are dropped. ``mmdmr train`` and ``mmdmr test`` set the
            least score that a metric uses. Defaults to 0: all detections.
        **kwargs: Keyword arguments of the detector.

    Raises:
        InputError: The detector has no neck, or its maps do not fit the
            arguments of the head.

    Example:
        A detector of MMDetection, by its own config, becomes a network for
        person search; a query comes with the image:

        >>> import torch
        >>> from mmdet.models.detectors import RetinaNet
        >>> from mmdet.structures import DetDataSample
        >>> from mmengine.hub import get_config
        >>> from mmengine.registry import init_default_scope
        >>> from mmengine.structures import InstanceData
        >>> init_default_scope('mmdet')
        >>> class PersonSearchRetinaNet(PersonSearchMixin, RetinaNet):
        ...     pass
        >>> detector = 'retinanet/retinanet_r18_fpn_1x_coco'
        >>> cfg = get_config(f'mmdet::{detector}.py').model
        >>> cfg.bbox_head.num_classes = 1
        >>> del cfg['type']
        >>> model = PersonSearchRetinaNet(
        ...     **cfg,
        ...     reid_head=dict(
        ...         type='mmdmr.DMRHead',
        ...         in_strides=[8, 16, 32, 64, 128],
        ...         out_channels=16,
        ...     ),
        ...     memory=dict(type='mmdmr.MemoryQueue', num_labelled=1024),
        ... ).eval()
        >>> shape = (64, 64)
        >>> sample = DetDataSample(
        ...     metainfo=dict(
        ...         img_shape=shape, ori_shape=shape, scale_factor=(1.0, 1.0)
        ...     )
        ... )
        >>> boxes = torch.tensor([[8.0, 8, 40, 56]])
        >>> sample.query_instances = InstanceData(bboxes=boxes)
        >>> with torch.no_grad():
        ...     result = model.predict(torch.zeros(1, 3, *shape), [sample])[0]
        >>> result.query_instances.reid_feats.shape
        torch.Size([1, 16])
        >>> found = result.pred_instances
        >>> found.reid_feats.shape == (len(found.bboxes), 16)
        True
    """

    def __init__(
        self,
        *args: Any,
        reid_head: ConfigType,
        memory: ConfigType,
        key_encoder: OptConfigType = None,
        embed_gt_boxes: bool = False,
        embed_score_thr: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if not self.with_neck:
            raise InputError(
                f'{type(self).__name__} has no neck, but identification needs '
                'maps of one width: add a neck, such as FPN or ChannelMapper'
            )
        for module in self.modules():
            # Scores and boxes in float32: MMCV's NMS has no bfloat16.
            if isinstance(module, (BaseDenseHead, BBoxHead)):
                widen_outputs(module)
        self.embed_gt_boxes = embed_gt_boxes
        self.embed_score_thr = embed_score_thr
        self.reid_head = MODELS.build(reid_head)
        self.check_featmaps()
        self.memory = MODELS.build(
            memory,
            default_args=dict(feat_channels=self.reid_head.out_channels),
        )
        # Backbone, neck and branch: the parts that make an embedding.
        self.key_encoder = key_encoder and MODELS.build(
            key_encoder,
            default_args=dict(
                source=nn.ModuleDict(
                    dict(
                        backbone=self.backbone,
                        neck=self.neck,
                        reid_head=self.reid_head,
                    )
                )
            ),
        )
        self._keep_feats = False
        self._feats: Any = None

    def check_featmaps(self) -> None:
        """Check that the head can pool from the detector's feature maps.

        Raises:
            InputError: The maps do not fit the arguments of the head.
        """
        check = getattr(self.reid_head, 'check_featmaps', None)
        if check is None:
            return
        shapes = featmap_shapes(self.backbone, self.neck)
        if shapes is not None:
            check(shapes)

    @contextmanager
    def _feats_kept(self) -> Iterator[None]:
        """Keep the feature maps of a pass while the context lasts.

        Maps kept longer would hold the graph and break
        ``copy.deepcopy(model)``.
        """
        self._keep_feats = True
        try:
            yield
        finally:
            self._keep_feats, self._feats = False, None

    def extract_feat(self, batch_inputs: Tensor) -> tuple[Tensor]:
        """Feature maps of the detector.

        Args:
            batch_inputs (Tensor): Normalised images, (N, 3, H, W).

        Returns:
            tuple[Tensor]: Maps of the neck, (N, C, H, W) each.
        """
        feats = super().extract_feat(batch_inputs)
        if self._keep_feats:
            self._feats = feats
        return feats

    def loss(
        self, batch_inputs: Tensor, batch_data_samples: SampleList
    ) -> dict[str, Tensor]:
        """Losses of the detector and of the branch.

        Args:
            batch_inputs (Tensor): Normalised images, (N, 3, H, W).
            batch_data_samples (list[:obj:`DetDataSample`]): Data samples with
                ``gt_instances.person_ids``, (k,) int64, -1 where unlabelled.

        Returns:
            dict[str, Tensor]: Losses by name.
        """
        with self._feats_kept(), frozen_maps_kept(self.backbone) as kept:
            # Detection, as in MMDetection; the pass leaves its maps behind.
            losses = super().loss(batch_inputs, batch_data_samples)
            # Queries: regions of the same maps, with gradient.
            rois, person_ids = self.reid_targets(batch_data_samples)
            embeddings = self.embed(self._feats, rois)
            # Keys: the same regions by the slow-moving average (Sec. 3.3).
            keys = (
                embeddings
                if self.key_encoder is None
                else self.encode_keys(batch_inputs, rois, kept)
            )
            # The pair loss compares the queries with the memory (Sec. 3.3).
            losses.update(
                self.reid_head.loss(embeddings, person_ids, keys, self.memory)
            )
        return losses

    def reid_targets(self, samples: SampleList) -> tuple[Tensor, Tensor]:
        """Regions that identification is trained on: the ground-truth boxes.

        Args:
            samples (list[:obj:`DetDataSample`]): Data samples of a batch.

        Returns:
            tuple[Tensor, Tensor]: Regions, (n, 5) image index and box, and
            their identities, (n,) int64, -1 where unlabelled.
        """
        instances = [sample.gt_instances for sample in samples]
        rois = bbox2roi([get_box_tensor(i.bboxes) for i in instances])
        return rois, torch.cat([i.person_ids for i in instances])

    def embed(self, feats: tuple[Tensor], rois: Tensor) -> Tensor:
        """Embed regions.

        Args:
            feats (tuple[Tensor]): Feature maps of :meth:`extract_feat`.
            rois (Tensor): Regions, (n, 5) image index and box in pixels of
                the network's input.

        Returns:
            Tensor: (n, d) float32 embeddings of unit length.
        """
        return self.reid_head(feats, rois)

    def _forward(
        self, batch_inputs: Tensor, batch_data_samples: OptSampleList = None
    ) -> tuple:
        """Results of the detector, and embeddings of the ground-truth boxes.

        Tools that count operations thus count both.
        """
        with self._feats_kept():
            results = super()._forward(batch_inputs, batch_data_samples)
            rois = bbox2roi(
                [
                    get_box_tensor(sample.gt_instances.bboxes)
                    for sample in batch_data_samples or ()
                ]
                or [batch_inputs.new_zeros(0, 4)]
            )
            embeddings = self.embed(self._feats, rois)
        return (*results, embeddings)

    @torch.no_grad()
    def encode_keys(
        self,
        batch_inputs: Tensor,
        rois: Tensor,
        kept: Mapping[str, Tensor] | None = None,
    ) -> Tensor:
        """Embed regions by the key encoder.

        Args:
            batch_inputs (Tensor): Normalised images, (N, 3, H, W).
            rois (Tensor): (n, 5) image index and box.
            kept (Mapping[str, Tensor] | None): What
                :func:`~mmdmr.models.key_pass.frozen_maps_kept` kept of the
                same images. Defaults to None: nothing.

        Returns:
            Tensor: (n, d) float32 embeddings without graph.
        """
        encoder = self.key_encoder
        head = encoder.reid_head
        levels = getattr(head, 'levels', None)
        with encoder.autocast(batch_inputs.device.type):
            maps = backbone_maps(
                encoder.backbone,
                encoder.arrange(batch_inputs),
                {k: encoder.arrange(x) for k, x in (kept or {}).items()},
                self.backbone,
            )
            return head(neck_maps(encoder.neck, maps, levels), rois)

    def predict(
        self,
        batch_inputs: Tensor,
        batch_data_samples: SampleList,
        rescale: bool = True,
    ) -> SampleList:
        """Detect and embed persons.

        Args:
            batch_inputs (Tensor): Normalised images, (N, 3, H, W).
            batch_data_samples (list[:obj:`DetDataSample`]): Data samples,
                which may have ``query_instances.bboxes``, (q, 4) in pixels of
                the original image.
            rescale (bool): True if the returned boxes are to be in pixels of
                the original image. Defaults to True.

        Returns:
            list[:obj:`DetDataSample`]: Data samples with
            ``pred_instances.{bboxes, scores, labels, reid_feats}``;
            ``query_instances.reid_feats`` if queries come with an image;
            ``gt_instances.reid_feats`` with ``embed_gt_boxes``. Embeddings
            are (n, d) float32 of unit length. Detections with scores below
            ``embed_score_thr`` are dropped.
        """
        with self._feats_kept():
            results = super().predict(
                batch_inputs, batch_data_samples, rescale
            )
            if self.embed_score_thr > 0:
                self._drop_unsure(results)
            targets = [self._to_embed(sample, rescale) for sample in results]
            # All boxes of the batch at once, on the maps of the same pass.
            embeddings = self.embed(
                self._feats,
                bbox2roi(
                    [torch.cat([boxes for _, boxes in t]) for t in targets]
                ),
            )
        # Back to the instances the boxes came from, in the same order.
        flat = [item for target in targets for item in target]
        parts = embeddings.split([len(boxes) for _, boxes in flat])
        for (instances, _), part in zip(flat, parts):
            instances.reid_feats = part
        return results

    def _drop_unsure(self, samples: SampleList) -> None:
        """Drop detections with scores below ``embed_score_thr``.

        A detection is dropped as a whole: without an embedding it would be a
        trap for whatever reads embeddings.
        """
        for sample in samples:
            found = sample.pred_instances
            sample.pred_instances = found[found.scores >= self.embed_score_thr]

    def _to_embed(
        self, sample: DetDataSample, rescaled: bool
    ) -> list[tuple[InstanceData, Tensor]]:
        """Instances of an image to embed, with their boxes.

        Args:
            sample (:obj:`DetDataSample`): Data sample with predictions.
            rescaled (bool): True if the predicted boxes are in pixels of the
                original image.

        Returns:
            list[tuple[:obj:`InstanceData`, Tensor]]: Instances that get
            embeddings, and their boxes in pixels of the network's input.
        """
        bboxes = get_box_tensor(sample.pred_instances.bboxes)
        scale = bboxes.new_tensor(sample.scale_factor).repeat(2)
        targets = [
            (sample.pred_instances, bboxes * scale if rescaled else bboxes)
        ]
        annotated = [sample.get('query_instances')]
        if self.embed_gt_boxes:
            annotated.append(sample.gt_instances)
        targets += [
            (instances, get_box_tensor(instances.bboxes) * scale)
            for instances in annotated
            if instances is not None
        ]
        return targets
