"""Cutting one file into training and test."""

import numpy as np
import pytest

from mmdmr.readers.coco_split import cut
from mmdmr.readers.splitting import split_by_order, split_by_people


def seen(is_test, people, chosen):
    return {
        i
        for ids, t in zip(people, is_test)
        if t == chosen
        for i in ids
        if i >= 0
    }


@pytest.mark.parametrize('seed', range(5))
def test_nobody_is_in_both_splits(seed):
    rng = np.random.default_rng(seed)
    people = [rng.integers(-1, 60, rng.integers(0, 3)) for _ in range(100)]
    is_test = split_by_people(people, 0.3, seed)
    assert not seen(is_test, people, True) & seen(is_test, people, False)
    assert 15 <= is_test.sum() <= 36


def test_chains_of_meetings_stay_together():
    people = [np.array(ids) for ids in ([1, 2], [2, 3], [3, 4], [9])]
    groups = [split_by_people(people, 0.75, seed) for seed in range(5)]
    for is_test in groups:
        assert len(set(is_test[:3])) == 1


def test_no_choice_where_everybody_meets():
    assert not split_by_people([np.array([0])] * 10, 0.3).any()


def test_last_images_of_each_camera():
    cams = ['a'] * 10 + ['b'] * 5
    is_test = split_by_order(cams, 0.4)
    assert np.flatnonzero(is_test).tolist() == [6, 7, 8, 9, 13, 14]


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
