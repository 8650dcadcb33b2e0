"""Person search on top of any MMDetection detector."""

from collections.abc import Iterator
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

from mmdmr.models.featmaps import featmap_shapes
from mmdmr.models.precision import widen_outputs
from mmdmr.registry import MODELS

if TYPE_CHECKING:
    from mmdet.models.detectors import BaseDetector as _Detector
else:
    _Detector = object


class PersonSearchMixin(_Detector):
    """Adds a re-identification branch to a detector.

    ``class DMRFasterRCNN(PersonSearchMixin, FasterRCNN)`` is all it takes.
    The branch works on the maps that the detector's ``extract_feat`` returns,
    so each image passes the backbone once. In training it is given the
    ground-truth boxes; in prediction the final detections, and the boxes of
    the queries that come with an image.

    Args:
        *args: Arguments of the detector.
        reid_head (dict): Config of the branch, e.g. ``mmdmr.DMRHead``.
        memory (dict): Config of the memory, e.g. ``mmdmr.MemoryQueue``; the
            length of its keys is that of the head's embeddings.
        key_encoder (dict, optional): Config of the encoder that fills the
            memory, e.g. ``mmdmr.KeyEncoder``. It follows backbone, neck and
            branch. Without one the batch's own embeddings are the keys.
            Defaults to None.
        embed_gt_boxes (bool): Whether :meth:`predict` also embeds the
            ground-truth boxes of the data samples. These must be in pixels of
            the original image, as they are where a pipeline loads annotations
            after resizing. Defaults to False.
        **kwargs: Keyword arguments of the detector.

    Raises:
        ValueError: The detector has no neck, or its maps are others than the
            head's arguments say.
    """

    def __init__(
        self,
        *args: Any,
        reid_head: ConfigType,
        memory: ConfigType,
        key_encoder: OptConfigType = None,
        embed_gt_boxes: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if not self.with_neck:
            raise ValueError(
                f'{type(self).__name__} has no neck, but identification needs '
                'maps of one width: give it one, such as FPN or ChannelMapper'
            )
        for module in self.modules():
            # MMCV's NMS knows no bfloat16.
            if isinstance(module, (BaseDenseHead, BBoxHead)):
                widen_outputs(module)
        self.embed_gt_boxes = embed_gt_boxes
        self.reid_head = MODELS.build(reid_head)
        self.check_featmaps()
        self.memory = MODELS.build(
            memory,
            default_args=dict(feat_channels=self.reid_head.out_channels),
        )
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
        """Check that the head can pool from the detector's maps."""
        check = getattr(self.reid_head, 'check_featmaps', None)
        if check is None:
            return
        shapes = featmap_shapes(self.backbone, self.neck)
        if shapes is not None:
            check(shapes)

    @contextmanager
    def _feats_kept(self) -> Iterator[None]:
        """Keep the maps of the pass inside, and only there: kept longer they
        would hold the graph and break ``copy.deepcopy(model)``.
        """
        self._keep_feats = True
        try:
            yield
        finally:
            self._keep_feats, self._feats = False, None

    def extract_feat(self, batch_inputs: Tensor) -> tuple[Tensor]:
        """The detector's maps, (N, C, H, W) each."""
        feats = super().extract_feat(batch_inputs)
        if self._keep_feats:
            self._feats = feats
        return feats

    def loss(
        self, batch_inputs: Tensor, batch_data_samples: SampleList
    ) -> dict[str, Tensor]:
        """The detector's losses and the branch's.

        Args:
            batch_inputs (Tensor): Normalised images, (N, 3, H, W).
            batch_data_samples (list[:obj:`DetDataSample`]): With
                ``gt_instances.person_ids``, (k,) int64, -1 where unlabelled.

        Returns:
            dict[str, Tensor]: The detector's losses and the head's.
        """
        with self._feats_kept():
            losses = super().loss(batch_inputs, batch_data_samples)
            rois, person_ids = self.reid_targets(batch_data_samples)
            embeddings = self.embed(self._feats, rois)
            keys = (
                embeddings
                if self.key_encoder is None
                else self.encode_keys(batch_inputs, rois)
            )
            losses.update(
                self.reid_head.loss(embeddings, person_ids, keys, self.memory)
            )
        return losses

    def reid_targets(self, samples: SampleList) -> tuple[Tensor, Tensor]:
        """Regions that identification is trained on: the ground-truth boxes.

        Args:
            samples (list[:obj:`DetDataSample`]): A batch's.

        Returns:
            tuple[Tensor, Tensor]: (n, 5) image index and box, and their (n,)
            int64 identities, -1 where unlabelled.
        """
        instances = [sample.gt_instances for sample in samples]
        rois = bbox2roi([get_box_tensor(i.bboxes) for i in instances])
        return rois, torch.cat([i.person_ids for i in instances])

    def embed(self, feats: tuple[Tensor], rois: Tensor) -> Tensor:
        """Embed regions.

        Args:
            feats (tuple[Tensor]): What :meth:`extract_feat` returned.
            rois (Tensor): (n, 5) image index and box.

        Returns:
            Tensor: (n, d) float32 embeddings of unit length.
        """
        return self.reid_head(feats, rois)

    def _forward(
        self, batch_inputs: Tensor, batch_data_samples: OptSampleList = None
    ) -> tuple:
        """What the detector's forward pass gives, and the embeddings of the
        ground-truth boxes, so that tools that count operations see both.
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
    def encode_keys(self, batch_inputs: Tensor, rois: Tensor) -> Tensor:
        """Embed regions by the key encoder.

        Args:
            batch_inputs (Tensor): Normalised images, (N, 3, H, W).
            rois (Tensor): (n, 5) image index and box.

        Returns:
            Tensor: (n, d) embeddings without graph.
        """
        encoder = self.key_encoder
        feats = encoder.neck(encoder.backbone(batch_inputs))
        return encoder.reid_head(feats, rois)

    def predict(
        self,
        batch_inputs: Tensor,
        batch_data_samples: SampleList,
        rescale: bool = True,
    ) -> SampleList:
        """Detect and embed persons.

        Args:
            batch_inputs (Tensor): Normalised images, (N, 3, H, W).
            batch_data_samples (list[:obj:`DetDataSample`]): May have
                ``query_instances.bboxes``, (q, 4) in pixels of the original
                image.
            rescale (bool): Whether boxes are given in pixels of the original
                image. Defaults to True.

        Returns:
            list[:obj:`DetDataSample`]: With ``pred_instances.{bboxes, scores,
            labels, reid_feats}``, ``query_instances.reid_feats`` where there
            are queries, and ``gt_instances.reid_feats`` with
            ``embed_gt_boxes``. Embeddings are (n, d) float32 of unit length.
        """
        with self._feats_kept():
            results = super().predict(
                batch_inputs, batch_data_samples, rescale
            )
            targets = [self._to_embed(sample, rescale) for sample in results]
            embeddings = self.embed(
                self._feats,
                bbox2roi(
                    [torch.cat([boxes for _, boxes in t]) for t in targets]
                ),
            )
        flat = [item for target in targets for item in target]
        parts = embeddings.split([len(boxes) for _, boxes in flat])
        for (instances, _), part in zip(flat, parts):
            instances.reid_feats = part
        return results

    def _to_embed(
        self, sample: DetDataSample, rescaled: bool
    ) -> list[tuple[InstanceData, Tensor]]:
        """Instances of an image, each with its boxes in network pixels."""
        bboxes = get_box_tensor(sample.pred_instances.bboxes)
        scale = bboxes.new_tensor(sample.scale_factor).repeat(2)
        targets = [
            (sample.pred_instances, bboxes * scale if rescaled else bboxes)
        ]
        others = [sample.get('query_instances')]
        if self.embed_gt_boxes:
            others.append(sample.gt_instances)
        targets += [
            (instances, get_box_tensor(instances.bboxes) * scale)
            for instances in others
            if instances is not None
        ]
        return targets
