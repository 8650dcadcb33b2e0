"""The coupled baseline: identification from the features of detection.

What DMRNet is compared with (AAAI 2021, Sec. 4.3): one set of features serves
classification, regression and identification.
"""

from typing import Any

import torch
from mmdet.models.detectors import FasterRCNN, RetinaNet
from mmdet.models.roi_heads import StandardRoIHead
from mmdet.models.task_modules.samplers import SamplingResult
from mmdet.structures import SampleList
from mmdet.structures.bbox import bbox2roi, get_box_tensor
from torch import Tensor

from mmdmr.models.detectors.person_search import PersonSearchMixin
from mmdmr.registry import MODELS


@MODELS.register_module()
class SharedRoIHead(StandardRoIHead):
    """Standard RoI head that lends its region features and its samples."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sampling_results: list[SamplingResult] = []

    def bbox_loss(
        self, x: tuple[Tensor], sampling_results: list[SamplingResult]
    ) -> dict:
        """Keep what was sampled until :meth:`pop_sampling_results`."""
        self._sampling_results = sampling_results
        return super().bbox_loss(x, sampling_results)

    def pop_sampling_results(self) -> list[SamplingResult]:
        """Proposals that the last loss was computed on, an entry an image."""
        results, self._sampling_results = self._sampling_results, []
        return results

    def region_feats(self, x: tuple[Tensor], rois: Tensor) -> Tensor:
        """Features that classification and regression have in common.

        Args:
            x (tuple[Tensor]): FPN maps, (N, C, H, W) each.
            rois (Tensor): (n, 5) image index and box.

        Returns:
            Tensor: (n, c), behind the shared layers of the box head.
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
    """Person search without a key encoder: that follows backbone, neck and
    branch only, not the detector's head.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.key_encoder is not None:
            raise ValueError(
                f'{type(self).__name__} has no key encoder: set '
                'model.key_encoder=None and take EMAEncoderHook out of '
                'custom_hooks'
            )

    def check_featmaps(self) -> None:
        """What is embedded are not the maps, but what a head makes of them."""


@MODELS.register_module()
class CoupledFasterRCNN(_Coupled, FasterRCNN):
    """Faster R-CNN whose RoI head's features also identify.

    In training the sampled proposals that match a person are embedded, as in
    OIM (CVPR 2017) and the repositories that followed it.

    Takes ``roi_head=dict(type='mmdmr.SharedRoIHead')`` and
    ``reid_head=dict(type='mmdmr.ReIDHead')``, whose ``in_channels`` are those
    of the shared features.
    """

    def loss(
        self, batch_inputs: Tensor, batch_data_samples: SampleList
    ) -> dict[str, Tensor]:
        """Detector's and branch's losses, see :class:`PersonSearchMixin`."""
        try:
            return super().loss(batch_inputs, batch_data_samples)
        finally:
            # Results that an error left behind belong to this batch alone.
            self.roi_head.pop_sampling_results()

    def embed(self, feats: tuple[Tensor], rois: Tensor) -> Tensor:
        """Embed regions, see :meth:`PersonSearchMixin.embed`."""
        return self.reid_head.embed(self.roi_head.region_feats(feats, rois))

    def reid_targets(self, samples: SampleList) -> tuple[Tensor, Tensor]:
        """Proposals of the last loss that match a person, with its identity.

        See :meth:`PersonSearchMixin.reid_targets`.
        """
        sampled = self.roi_head.pop_sampling_results()
        rois = bbox2roi([get_box_tensor(s.pos_priors) for s in sampled])
        ids = [
            sample.gt_instances.person_ids[s.pos_assigned_gt_inds]
            for sample, s in zip(samples, sampled)
        ]
        return rois, torch.cat(ids)


@MODELS.register_module()
class CoupledRetinaNet(_Coupled, RetinaNet):
    """RetinaNet whose classification tower's features also identify.

    There is no RoI head to share and there are no proposals to sample: the
    branch (``mmdmr.DMRHead``) pools from what the convolutions of the
    classification tower make of the FPN maps, in the ground-truth boxes.
    The paper does not say how its coupled RetinaNet was made; this is our
    reading.
    """

    def embed(self, feats: tuple[Tensor], rois: Tensor) -> Tensor:
        """Embed regions, see :meth:`PersonSearchMixin.embed`."""
        towers = []
        for x in feats:
            for conv in self.bbox_head.cls_convs:
                x = conv(x)
            towers.append(x)
        return self.reid_head(towers, rois)
