"""Choosing test images."""

import numpy as np
import pytest

from mmdmr.readers.splitting import (
    choose_test_images,
    split_by_order,
    split_by_people,
)
from mmdmr.structures import GroundTruth


def seen(is_test, people, chosen):
    return {
        i
        for ids, t in zip(people, is_test)
        if t == chosen
        for i in ids
        if i >= 0
    }


@pytest.mark.parametrize('seed', range(5))
def test_no_person_is_in_both_splits(seed):
    rng = np.random.default_rng(seed)
    people = [rng.integers(-1, 60, rng.integers(0, 3)) for _ in range(100)]
    is_test = split_by_people(people, 0.3, seed)
    assert not seen(is_test, people, True) & seen(is_test, people, False)
    assert 15 <= is_test.sum() <= 36


def test_the_same_choice_again():
    people = [np.array([i]) for i in range(40)]
    first, other = (split_by_people(people, 0.5, seed) for seed in (0, 1))
    assert (first != other).any()
    np.testing.assert_array_equal(split_by_people(people, 0.5), first)
    truth = GroundTruth(
        tuple(f'{i}.jpg' for i in range(40)),
        [np.array([[0.0, 0, 9, 9]])] * 40,
        people,
        np.full(40, -1),
    )
    np.testing.assert_array_equal(
        choose_test_images(truth)[0], split_by_people(people, 0.3)
    )


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
