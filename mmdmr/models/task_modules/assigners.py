"""Assigners that leave ignored regions out of the background."""

from typing import Any

from mmdet.models.task_modules.assigners import (
    AssignResult,
)
from mmdet.models.task_modules.assigners import (
    ATSSAssigner as DetATSSAssigner,
)
from mmdet.models.task_modules.assigners import (
    MaxIoUAssigner as DetMaxIoUAssigner,
)
from mmdet.structures.bbox import get_box_tensor
from mmengine.structures import InstanceData

from mmdmr.registry import TASK_UTILS

#: Least share of a prior inside an ignored region to be no background.
IGNORE_IOF_THR = 0.5


class _KeepsPersons:
    """Takes ignored regions out of the background, for both assigners."""

    iou_calculator: Any
    ignore_iof_thr: float

    def __init__(
        self,
        *args: Any,
        ignore_iof_thr: float = IGNORE_IOF_THR,
        **kwargs: Any,
    ) -> None:
        super().__init__(  # type: ignore[call-arg]
            *args, ignore_iof_thr=ignore_iof_thr, **kwargs
        )

    def ignore(
        self,
        result: AssignResult,
        pred_instances: InstanceData,
        gt_instances_ignore: InstanceData | None,
    ) -> AssignResult:
        """Ignore background priors inside ignored regions.

        Args:
            result (:obj:`AssignResult`): Assignment made without the regions,
                to change.
            pred_instances (:obj:`InstanceData`): Instances with ``priors``,
                (n, 4).
            gt_instances_ignore (:obj:`InstanceData` | None): Ignored regions.

        Returns:
            :obj:`AssignResult`: The same assignment.
        """
        if gt_instances_ignore is None or self.ignore_iof_thr <= 0:
            return result
        regions = get_box_tensor(gt_instances_ignore.bboxes)
        # First, as to count the background waits for a GPU.
        if not len(regions):
            return result
        background = (result.gt_inds == 0).nonzero().flatten()
        if not len(background):
            return result
        priors = get_box_tensor(pred_instances.priors)[background, :4]
        # Share of each prior's own area that a region covers (IoF).
        shares = self.iou_calculator(priors, regions, mode='iof')
        inside = shares.max(dim=1).values > self.ignore_iof_thr
        result.gt_inds[background[inside]] = -1
        return result


@TASK_UTILS.register_module()
class MaxIoUAssigner(_KeepsPersons, DetMaxIoUAssigner):
    """MMDetection's ``MaxIoUAssigner`` that keeps persons in ignored regions.

    A prior is neither positive nor negative if it matches no person and more
    than ``ignore_iof_thr`` of its area lies in an ignored region. In
    MMDetection's own assigner ``ignore_iof_thr`` also ignores the positives in
    such a region: a person before a crowd, or before a hardly visible person,
    would not be learnt. In an image without persons MMDetection's assigner
    ignores nothing.

    Args:
        *args: Arguments of :class:`mmdet.models.task_modules.MaxIoUAssigner`.
        ignore_iof_thr (float): Share of a prior's area in (0, 1]; -1 makes
            background of ignored regions. Defaults to 0.5.
        **kwargs: Keyword arguments of the same class.

    Example:
        A person, a prior in an ignored region, and background:

        >>> import torch
        >>> from mmengine.structures import InstanceData
        >>> priors = torch.tensor(
        ...     [[0.0, 0, 10, 30], [50, 0, 60, 30], [80, 0, 90, 30]]
        ... )
        >>> persons = InstanceData(bboxes=priors[:1], labels=torch.tensor([0]))
        >>> regions = InstanceData(bboxes=torch.tensor([[40.0, 0, 70, 40]]))
        >>> assigner = MaxIoUAssigner(pos_iou_thr=0.5, neg_iou_thr=0.4)
        >>> proposals = InstanceData(priors=priors)
        >>> result = assigner.assign(proposals, persons, regions)
        >>> result.gt_inds.tolist()
        [1, -1, 0]
    """

    def assign(
        self,
        pred_instances: InstanceData,
        gt_instances: InstanceData,
        gt_instances_ignore: InstanceData | None = None,
        **kwargs: Any,
    ) -> AssignResult:
        """Assign persons to priors.

        Args:
            pred_instances (:obj:`InstanceData`): Instances with ``priors``,
                (n, 4).
            gt_instances (:obj:`InstanceData`): Persons.
            gt_instances_ignore (:obj:`InstanceData` | None): Ignored regions.
                Defaults to None.
            **kwargs: Keyword arguments of MMDetection's assigner.

        Returns:
            :obj:`AssignResult`: Assignment; ``gt_inds`` (n,) is 0 for
            background, -1 for an ignored prior, else the person's number,
            from 1.
        """
        result = super().assign(pred_instances, gt_instances, None, **kwargs)
        return self.ignore(result, pred_instances, gt_instances_ignore)


@TASK_UTILS.register_module()
class ATSSAssigner(_KeepsPersons, DetATSSAssigner):
    """MMDetection's ``ATSSAssigner`` that keeps persons in ignored regions.

    Args:
        *args: Arguments of :class:`mmdet.models.task_modules.ATSSAssigner`.
        ignore_iof_thr (float): Share of a prior's area, see
            :class:`MaxIoUAssigner`. Defaults to 0.5.
        **kwargs: Keyword arguments of the same class.

    Example:
        >>> import torch
        >>> from mmengine.structures import InstanceData
        >>> priors = torch.tensor(
        ...     [[0.0, 0, 10, 30], [50, 0, 60, 30], [80, 0, 90, 30]]
        ... )
        >>> persons = InstanceData(bboxes=priors[:1], labels=torch.tensor([0]))
        >>> regions = InstanceData(bboxes=torch.tensor([[40.0, 0, 70, 40]]))
        >>> proposals = InstanceData(priors=priors)
        >>> assigner = ATSSAssigner(topk=3)
        >>> assigner.assign(proposals, [3], persons, regions).gt_inds.tolist()
        [1, -1, 0]
    """

    def assign(
        self,
        pred_instances: InstanceData,
        num_level_priors: list[int],
        gt_instances: InstanceData,
        gt_instances_ignore: InstanceData | None = None,
    ) -> AssignResult:
        """Assign persons to priors, see :meth:`MaxIoUAssigner.assign`.

        Args:
            pred_instances (:obj:`InstanceData`): Instances with ``priors``,
                (n, 4).
            num_level_priors (list[int]): Number of priors of each map.
            gt_instances (:obj:`InstanceData`): Persons.
            gt_instances_ignore (:obj:`InstanceData` | None): Ignored regions.
                Defaults to None.

        Returns:
            :obj:`AssignResult`: Assignment as by
            :meth:`MaxIoUAssigner.assign`.
        """
        result = super().assign(pred_instances, num_level_priors, gt_instances)
        return self.ignore(result, pred_instances, gt_instances_ignore)
