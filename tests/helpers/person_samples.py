"""Images and their annotations, as a data preprocessor hands them over."""

import torch
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData

SIZE = (96, 128)


def sample(boxes, ids, queries=None, scale=1.0):
    data_sample = DetDataSample(
        metainfo=dict(
            img_shape=SIZE,
            ori_shape=SIZE,
            batch_input_shape=SIZE,
            pad_shape=SIZE,
            scale_factor=(scale, scale),
            img_id=0,
        )
    )
    boxes = torch.tensor(boxes, dtype=torch.float).reshape(-1, 4)
    data_sample.gt_instances = InstanceData(
        bboxes=boxes,
        labels=torch.zeros(len(boxes), dtype=torch.long),
        person_ids=torch.tensor(ids, dtype=torch.long),
    )
    data_sample.ignored_instances = InstanceData(bboxes=torch.zeros(0, 4))
    if queries is not None:
        data_sample.query_instances = InstanceData(
            bboxes=torch.tensor(queries, dtype=torch.float).reshape(-1, 4)
        )
    return data_sample


PEOPLE = [[10, 10, 40, 80], [60, 5, 100, 90]]


def images(num):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(num, 3, *SIZE, generator=generator)
