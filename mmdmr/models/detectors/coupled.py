"""The coupled baseline: identification from the features of detection.

One set of features serves classification, regression and identification. The
paper compares DMRNet with this baseline (AAAI 2021, Sec. 4.3).
"""

from typing import Any

import torch
from mmdet.models.detectors import FasterRCNN, RetinaNet
from mmdet.models.roi_heads import StandardRoIHead
from mmdet.models.task_modules.samplers import SamplingResult
from mmdet.structures import SampleList
from mmdet.structures.bbox import bbox2roi, get_box_tensor
from torch import Tensor

from mmdmr.errors import InputError
from mmdmr.models.detectors.person_search import PersonSearchMixin
from mmdmr.registry import MODELS


@MODELS.register_module()
class SharedRoIHead(StandardRoIHead):
    """Standard RoI head that lends its region features and its samples.

    Example:
        >>> import torch
        >>> from mmengine.hub import get_config
        >>> detector = 'faster_rcnn/faster-rcnn_r50_fpn_1x_coco'
        >>> cfg = get_config(f'mmdet::{detector}.py').model
        >>> cfg.roi_head.update(type='mmdmr.SharedRoIHead')
        >>> head = MODELS.build(cfg.roi_head)
        >>> feats = [torch.zeros(1, 256, side, side) for side in (16, 8, 4, 2)]
        >>> head.region_feats(feats, torch.tensor([[0, 8.0, 8, 40, 56]])).shape
        torch.Size([1, 1024])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sampling_results: list[SamplingResult] = []

    def bbox_loss(
        self, x: tuple[Tensor], sampling_results: list[SamplingResult]
    ) -> dict:
        """Keep the sampled proposals until :meth:`pop_sampling_results`."""
        self._sampling_results = sampling_results
        return super().bbox_loss(x, sampling_results)

    def pop_sampling_results(self) -> list[SamplingResult]:
        """Hand over the proposals of the last loss and forget them.

        Returns:
            list[:obj:`SamplingResult`]: Results by image; empty before a loss,
            and if the results were handed over already.
        """
        results, self._sampling_results = self._sampling_results, []
        return results

    def region_feats(self, x: tuple[Tensor], rois: Tensor) -> Tensor:
        """Features that classification and regression have in common.

        Args:
            x (tuple[Tensor]): FPN maps, (N, C, H, W) each.
            rois (Tensor): Regions, (n, 5) image index and box in pixels of
                the network's input.

        Returns:
            Tensor: Features behind the shared layers of the box head, (n, c).
        """
        extractor, head = self.bbox_roi_extractor, self.bbox_head
        feats = extractor(x[: extractor.num_inputs], rois)
        for conv in head.shared_convs:
            feats = conv(feats)
        feats = feats.flatten(1)
        for fc in head.shared_fcs:
            feats = head.relu(fc(feats))
        return feats


class _Coupled(PersonSearchMixin):
    """Person search without a key encoder.

    A key encoder follows backbone, neck and branch, but not the detector's
    head, which takes part in the embedding here.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.key_encoder is not None:
            raise InputError(
                f'{type(self).__name__} has no key encoder: set '
                'model.key_encoder=None and take EMAEncoderHook out of '
                'custom_hooks'
            )

    def check_featmaps(self) -> None:
        """Check nothing: the branch embeds features of the detector's head."""


@MODELS.register_module()
class CoupledFasterRCNN(_Coupled, FasterRCNN):
    """Faster R-CNN whose RoI head's features also identify.

    In training the sampled proposals that match a person are embedded, as in
    OIM (CVPR 2017) and the repositories after OIM.

    The config needs ``roi_head=dict(type='mmdmr.SharedRoIHead')`` and
    ``reid_head=dict(type='mmdmr.ReIDHead')``; ``in_channels`` of the re-ID
    head is the length of the shared features.

    Example:
        >>> from mmengine.registry import init_default_scope
        >>> from mmdmr.config import load_config
        >>> init_default_scope('mmdet')
        >>> cfg = load_config('faster-rcnn_r50_fpn_1x_prw_coupled-oim')
        >>> MODELS.build(cfg.model).reid_head.fc
        Linear(in_features=1024, out_features=2048, bias=True)
    """

    def loss(
        self, batch_inputs: Tensor, batch_data_samples: SampleList
    ) -> dict[str, Tensor]:
        """Losses of detector and branch, see :class:`PersonSearchMixin`."""
        try:
            return super().loss(batch_inputs, batch_data_samples)
        finally:
            # After an error, results must not stay for the next batch.
            self.roi_head.pop_sampling_results()

    def embed(self, feats: tuple[Tensor], rois: Tensor) -> Tensor:
        """Embed regions, see :meth:`PersonSearchMixin.embed`."""
        return self.reid_head.embed(self.roi_head.region_feats(feats, rois))

    def reid_targets(self, samples: SampleList) -> tuple[Tensor, Tensor]:
        """Proposals of the last loss that match a person, with its identity.

        See :meth:`PersonSearchMixin.reid_targets`.
        """
        results = self.roi_head.pop_sampling_results()
        rois = bbox2roi([get_box_tensor(r.pos_priors) for r in results])
        ids = [
            sample.gt_instances.person_ids[result.pos_assigned_gt_inds]
            for sample, result in zip(samples, results)
        ]
        return rois, torch.cat(ids)


@MODELS.register_module()
class CoupledRetinaNet(_Coupled, RetinaNet):
    """RetinaNet whose classification tower's features also identify.

    A one-stage detector has no RoI head to share and no proposals to sample.
    The branch (``mmdmr.DMRHead``) pools the ground-truth boxes from the output
    of the classification tower's convolutions. The paper does not say how its
    coupled RetinaNet was made; this is our reading.

    Example:
        >>> from mmengine.registry import init_default_scope
        >>> from mmdmr.config import load_config
        >>> init_default_scope('mmdet')
        >>> cfg = load_config('retinanet_r50_fpn-gn_1x_prw_coupled-oim')
        >>> MODELS.build(cfg.model).memory.table.shape
        torch.Size([483, 2048])
    """

    def embed(self, feats: tuple[Tensor], rois: Tensor) -> Tensor:
        """Embed regions, see :meth:`PersonSearchMixin.embed`."""
        towers = []
        for x in feats:
            for conv in self.bbox_head.cls_convs:
                x = conv(x)
            towers.append(x)
        return self.reid_head(towers, rois)
