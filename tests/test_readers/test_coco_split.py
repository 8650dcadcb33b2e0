"""Cutting one file into training and test."""

from pathlib import Path

import numpy as np
import pytest

from mmdmr.readers.coco_split import CocoSplit, cut
from mmdmr.structures import GroundTruth


def annotation(number, image_id, **fields):
    return dict(id=number, image_id=image_id, bbox=[0, 0, 1, 1], **fields)


def test_persons_seen_in_training_are_unlabelled_in_the_test():
    content = dict(
        images=[dict(id=1), dict(id=2)],
        annotations=[
            annotation(1, 1, pid=5),
            annotation(2, 2, pid=5),
            annotation(3, 2, pid=6),
            annotation(4, 2),
        ],
        queries=[
            dict(annotation_id=2),
            dict(annotation_id=3),
            dict(image_id=2, bbox=[0, 0, 1, 1], person_id=5),
            dict(image_id=1, bbox=[0, 0, 1, 1], person_id=6),
            dict(image_id=2, bbox=[0, 0, 1, 1], person_id=6),
        ],
        info='kept',
    )
    train, test = cut(content, np.array([False, True]), {'5'})
    assert train == dict(
        images=[dict(id=1)],
        annotations=content['annotations'][:1],
        info='kept',
    )
    assert [a.get('person_id', a.get('pid')) for a in test['annotations']] == [
        -1,
        6,
        None,
    ]
    assert test['queries'] == [content['queries'][1], content['queries'][4]]
    assert content['annotations'][1]['pid'] == 5


@pytest.mark.parametrize('num, are_few', [(49, True), (50, False)])
def test_few_queries_are_told(num, are_few):
    nothing = GroundTruth((), [], [], None)
    split = CocoSplit(({}, {}), (nothing, nothing), '', 0.3, num, [])
    lines = split.summary([Path('train.json'), Path('test.json')], 0.3)
    told = [line for line in lines if 'make a coarse measure' in line]
    assert bool(told) == are_few
    assert all('a query is worth 2 % of the scores' in line for line in told)
