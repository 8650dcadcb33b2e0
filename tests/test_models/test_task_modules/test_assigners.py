"""Regions with ``iscrowd`` are neither persons nor background."""

import pytest
import torch
from mmdet.models.task_modules.assigners import (
    MaxIoUAssigner as StockMaxIoUAssigner,
)
from mmengine.config import Config
from mmengine.structures import InstanceData

from mmdmr.models import ATSSAssigner, MaxIoUAssigner
from mmdmr.registry import TASK_UTILS

IGNORED = [[90.0, 90, 400, 400]]
PRIORS = torch.tensor(
    [
        [100.0, 100, 200, 300],  # inside, without a person
        [300, 300, 500, 500],  # a quarter inside
        [500, 100, 600, 300],  # a person outside
        [210, 100, 290, 300],  # a person inside
        [700, 100, 800, 300],  # background
    ]
)
PERSONS = [[500.0, 100, 600, 300], [210, 100, 290, 300]]


def instances(boxes):
    boxes = torch.tensor(boxes).reshape(-1, 4)
    return InstanceData(
        bboxes=boxes, labels=torch.zeros(len(boxes), dtype=torch.long)
    )


def max_iou(**kwargs):
    return MaxIoUAssigner(pos_iou_thr=0.5, neg_iou_thr=0.4, **kwargs)


def assign(assigner, persons, ignored):
    args = [InstanceData(priors=PRIORS), instances(persons)]
    if isinstance(assigner, ATSSAssigner):
        args.insert(1, [len(PRIORS)])
    regions = None if ignored is None else instances(ignored)
    return assigner.assign(*args, regions)


@pytest.mark.parametrize('assigner', [max_iou(), ATSSAssigner(topk=9)])
@pytest.mark.parametrize(
    'persons,ignored,expected',
    [
        (PERSONS, IGNORED, [-1, 0, 1, 2, 0]),
        (PERSONS, [], [0, 0, 1, 2, 0]),
        (PERSONS, None, [0, 0, 1, 2, 0]),
        ([], IGNORED, [-1, 0, 0, -1, 0]),
    ],
)
def test_by_hand(assigner, persons, ignored, expected):
    result = assign(assigner, persons, ignored)
    assert result.gt_inds.tolist() == expected


def test_threshold():
    lower = max_iou(ignore_iof_thr=0.2)
    assert assign(lower, PERSONS, IGNORED).gt_inds[1] == -1
    assert assign(max_iou(ignore_iof_thr=-1), PERSONS, IGNORED).gt_inds[0] == 0


def test_why_not_the_stock_way():
    """There the person inside is not learnt, and nothing is ignored in an
    image without persons.
    """
    stock = StockMaxIoUAssigner(0.5, 0.4, ignore_iof_thr=0.5)
    assert assign(stock, PERSONS, IGNORED).gt_inds[3] == -1
    assert assign(stock, [], IGNORED).gt_inds[0] == 0


def _assigners(entry):
    if isinstance(entry, dict):
        if 'assigner' in entry:
            yield entry['assigner']
        for value in entry.values():
            yield from _assigners(value)


def test_every_config_ignores_them(request):
    """But where a detector cannot: a one-to-one assignment, and RepPoints'
    first stage, which takes no background.
    """
    seen = set()
    for path in (request.config.rootpath / 'configs/dmrnet').glob('*prw.py'):
        if 'convnext' in path.stem:  # needs MMPretrain to be read
            continue
        for cfg in _assigners(Config.fromfile(path).model.get('train_cfg')):
            seen.add(cfg.type)
            if cfg.type not in ('HungarianAssigner', 'PointAssigner'):
                assigner = TASK_UTILS.build(cfg)
                result = assign(assigner, PERSONS, IGNORED)
                assert result.gt_inds.tolist()[::2] == [-1, 1, 0], path
    assert seen == {
        'mmdmr.MaxIoUAssigner',
        'mmdmr.ATSSAssigner',
        'HungarianAssigner',
        'PointAssigner',
    }
