"""Clothes of drawn persons, and how identities differ."""

import numpy as np

from mmdmr.synthetic.appearance import (
    num_strong_differences,
    sample_identities,
)


def test_easy_identities_differ_in_two_strong_cues():
    people = sample_identities(np.random.default_rng(0), 60)
    for i, person in enumerate(people):
        for other in people[:i]:
            assert num_strong_differences(person, other) >= 2


def test_hard_identities_come_in_groups_of_look_alikes():
    people = sample_identities(np.random.default_rng(0), 12, 'hard')
    for i, person in enumerate(people):
        first = people[i // 6 * 6]
        assert num_strong_differences(person, first) <= 1
    assert len(set(people)) == 12
