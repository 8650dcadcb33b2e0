"""Finished trainings, made up."""

from mmdmr.ablation import Result


def made_up_result(
    row='+ EMA = DMRNet', seed=0, gt_mAP=0.5, group='faster-rcnn'
):  # noqa: N803
    return Result(
        group=group,
        row=row,
        config='c.py',
        config_hash='0123456789ab',
        seed=seed,
        mAP=gt_mAP - 0.1,
        top1=0.25,
        gt_mAP=gt_mAP,
        gt_top1=0.5,
        recall=0.75,
        ap=0.7,
        seconds=600.0,
        device='2 cores',
    )
