"""Cutting one file into training and test."""

import numpy as np

from mmdmr.readers.coco_split import cut


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
