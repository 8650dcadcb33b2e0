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

#: Share of a prior inside an ignored region from which it is no background.
IGNORE_IOF_THR = 0.5


class _KeepsPersons:
    """What both assigners do with ignored regions."""

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
        """Take background priors inside ignored regions out of the learning.

        Args:
            result (:obj:`AssignResult`): Made without those regions. Is
                changed.
            pred_instances (:obj:`InstanceData`): With ``priors``, (n, 4).
            gt_instances_ignore (:obj:`InstanceData`, optional): The regions.

        Returns:
            :obj:`AssignResult`: The same.
        """
        if gt_instances_ignore is None or self.ignore_iof_thr <= 0:
            return result
        regions = get_box_tensor(gt_instances_ignore.bboxes)
        background = (result.gt_inds == 0).nonzero().flatten()
        if not len(regions) or not len(background):
            return result
        priors = get_box_tensor(pred_instances.priors)[background, :4]
        shares = self.iou_calculator(priors, regions, mode='iof')
        inside = shares.max(dim=1).values > self.ignore_iof_thr
        result.gt_inds[background[inside]] = -1
        return result


@TASK_UTILS.register_module()
class MaxIoUAssigner(_KeepsPersons, DetMaxIoUAssigner):
    """MMDetection's ``MaxIoUAssigner`` that keeps persons in ignored regions.

    Priors that match no person and lie to more than ``ignore_iof_thr`` of
    their area in an ignored region are neither positive nor negative. In
    MMDetection's own assigner ``ignore_iof_thr`` also takes the positives
    there, so that a person who stands before a crowd, or before somebody
    hardly visible, would not be learnt; and it does nothing in an image
    without persons.

    Args:
        *args: As for :class:`mmdet.models.task_modules.MaxIoUAssigner`.
        ignore_iof_thr (float): In (0, 1]; -1 makes background of ignored
            regions. Defaults to 0.5.
        **kwargs: As for :class:`mmdet.models.task_modules.MaxIoUAssigner`.
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
            pred_instances (:obj:`InstanceData`): With ``priors``, (n, 4).
            gt_instances (:obj:`InstanceData`): Persons.
            gt_instances_ignore (:obj:`InstanceData`, optional): Ignored
                regions. Defaults to None.
            **kwargs: As for MMDetection's.

        Returns:
            :obj:`AssignResult`: ``gt_inds`` (n,) is 0 for background, -1 for
            an ignored prior, else the person's number, from 1.
        """
        result = super().assign(pred_instances, gt_instances, None, **kwargs)
        return self.ignore(result, pred_instances, gt_instances_ignore)


@TASK_UTILS.register_module()
class ATSSAssigner(_KeepsPersons, DetATSSAssigner):
    """MMDetection's ``ATSSAssigner`` that keeps persons in ignored regions.

    Args:
        *args: As for :class:`mmdet.models.task_modules.ATSSAssigner`.
        ignore_iof_thr (float): As for :class:`MaxIoUAssigner`. Defaults to
            0.5.
        **kwargs: As for :class:`mmdet.models.task_modules.ATSSAssigner`.
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
            pred_instances (:obj:`InstanceData`): With ``priors``, (n, 4).
            num_level_priors (list[int]): Priors of each map.
            gt_instances (:obj:`InstanceData`): Persons.
            gt_instances_ignore (:obj:`InstanceData`, optional): Ignored
                regions. Defaults to None.

        Returns:
            :obj:`AssignResult`: As :meth:`MaxIoUAssigner.assign`.
        """
        result = super().assign(pred_instances, num_level_priors, gt_instances)
        return self.ignore(result, pred_instances, gt_instances_ignore)
