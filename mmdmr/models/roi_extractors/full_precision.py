"""Pooling of regions in float32, in any precision and memory format."""

import torch
from mmdet.models.roi_heads.roi_extractors import SingleRoIExtractor
from torch import Tensor

from mmdmr.models.precision import at_least_float32
from mmdmr.registry import MODELS


@MODELS.register_module()
class FullPrecisionRoIExtractor(SingleRoIExtractor):
    """``SingleRoIExtractor`` that computes in float32 under mixed precision.

    MMCV's RoIAlign has no bfloat16. In float16 the corners of regions are
    rounded: beyond 1024 pixels to whole numbers, beyond 2048 to even numbers.
    Maps of half precision are therefore widened, and autocast is off inside.

    MMCV's RoIAlign also reads the values of a map in the order of their
    addresses. Maps of a channels-last network would be pooled wrongly, so they
    are rearranged before.

    MMCV's RoIAlign stops the process at a region that ends before it begins,
    and may stop it at a region that is not finite; on a GPU it returns numbers
    without meaning. The features of such a region are NaN here. Its key is
    refused, its loss is NaN, and the metric names the image.

    The class takes the arguments of ``SingleRoIExtractor``.

    Example:
        >>> import torch
        >>> extractor = FullPrecisionRoIExtractor(
        ...     dict(type='RoIAlign', output_size=7, sampling_ratio=2),
        ...     out_channels=4,
        ...     featmap_strides=[8, 16],
        ... )
        >>> feats = [torch.rand(1, 4, 8, 8).bfloat16(), torch.rand(1, 4, 4, 4)]
        >>> rois = torch.tensor([[0, 8.0, 8, 40, 56]])
        >>> with torch.autocast('cpu', dtype=torch.bfloat16):
        ...     pooled = extractor(feats, rois)
        >>> pooled.shape, pooled.dtype
        (torch.Size([1, 4, 7, 7]), torch.float32)
    """

    def forward(
        self,
        feats: tuple[Tensor],
        rois: Tensor,
        roi_scale_factor: float | None = None,
    ) -> Tensor:
        """Pool regions.

        Args:
            feats (tuple[Tensor]): Feature maps, (N, C, H, W) each.
            rois (Tensor): Regions, (n, 5) image index and ``x1, y1, x2, y2``
                in pixels of the network's input.
            roi_scale_factor (float | None): Factor of the regions' sizes, as
                in MMDetection. Defaults to None.

        Returns:
            Tensor: Pooled features, (n, C, h, w): float32 at least under
            autocast, else in the precision of the maps. NaN for a region that
            is not finite or ends before it begins.
        """
        device = rois.device.type
        mixed = torch.is_autocast_enabled(device)
        # Contiguous: RoIAlign reads numbers in the order of their addresses.
        maps = tuple(at_least_float32(x).contiguous() for x in feats)
        wrong = ~self.are_regions(rois)[:, None]
        with torch.autocast(device, enabled=False):
            pooled = super().forward(
                maps, rois.masked_fill(wrong, 0), roi_scale_factor
            )
        pooled = pooled.masked_fill(wrong[..., None, None], torch.nan)
        return pooled if mixed else pooled.to(feats[0].dtype)

    def are_regions(self, rois: Tensor) -> Tensor:
        """Tell regions that can be pooled, without reading the device.

        Args:
            rois (Tensor): Regions, (n, 5) image index and ``x1, y1, x2, y2``.

        Returns:
            Tensor: Mask of the regions that are finite and end where they
            begin or later, (n,) bool.
        """
        end_later = (rois[:, 3:] >= rois[:, 1:3]).all(dim=1)
        return rois.isfinite().all(dim=1) & end_later
