"""Coder of boxes as in MMDetection 1."""

from collections.abc import Sequence

import torch
from mmdet.models.task_modules.coders import LegacyDeltaXYWHBBoxCoder
from mmdet.structures.bbox import BaseBoxes, HorizontalBoxes, get_box_tensor
from torch import Tensor

from mmdmr.registry import TASK_UTILS


@TASK_UTILS.register_module()
class InclusiveDeltaXYWHBBoxCoder(LegacyDeltaXYWHBBoxCoder):
    """Coder of boxes whose last pixel is part of them.

    A box is ``x2 - x1 + 1`` pixels wide, as in MMDetection 1.0rc0 and thus in
    DMRNet's release. MMDetection's ``LegacyDeltaXYWHBBoxCoder`` encodes in
    this way, but decodes boxes half a pixel larger on each side. Here decoding
    undoes encoding. The class takes the arguments of
    ``LegacyDeltaXYWHBBoxCoder``.

    Example:
        >>> import torch
        >>> coder = InclusiveDeltaXYWHBBoxCoder()
        >>> anchors = torch.tensor([[0.0, 0, 15, 31]])
        >>> coder.decode(anchors, torch.zeros(1, 4)).tolist()
        [[0.0, 0.0, 15.0, 31.0]]
    """

    def decode(
        self,
        bboxes: Tensor | BaseBoxes,
        pred_bboxes: Tensor,
        max_shape: Sequence[int] | None = None,
        wh_ratio_clip: float = 16 / 1000,
    ) -> Tensor | BaseBoxes:
        """Boxes of anchors and deltas.

        Args:
            bboxes (Tensor | BaseBoxes): Anchors, (n, 4) ``x1, y1, x2, y2`` in
                pixels.
            pred_bboxes (Tensor): Deltas, (n, 4) or (n, 4 * num_classes).
            max_shape (Sequence[int] | None): Height and width of the image;
                coordinates are clipped to its pixels, 0 to w - 1 and 0 to
                h - 1. Defaults to None.
            wh_ratio_clip (float): Least ratio of the sizes of a box and its
                anchor. Defaults to 16 / 1000.

        Returns:
            Tensor | BaseBoxes: Boxes, of the shape of ``pred_bboxes``.
        """
        # MMDetection's boxes, half a pixel too large on each side.
        wide = get_box_tensor(
            super().decode(bboxes, pred_bboxes, None, wh_ratio_clip)
        )
        corners = wide.unflatten(-1, (-1, 2, 2))
        corners = corners + corners.new_tensor([[0.5], [-0.5]])
        # Clipped afterwards: the borders themselves are pixels.
        if max_shape is not None:
            last = corners.new_tensor([max_shape[1] - 1, max_shape[0] - 1])
            corners = torch.minimum(corners.clamp(min=0), last)
        boxes = corners.flatten(-3)
        return HorizontalBoxes(boxes) if self.use_box_type else boxes
