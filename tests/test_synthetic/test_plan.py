"""The plan of a split, and its queries."""

import numpy as np
import pytest

from mmdmr.errors import InputError
from mmdmr.synthetic.plan import ImagePlan, choose_queries, plan_images


def test_identities_are_spread_over_images_and_cameras():
    plans = plan_images(np.random.default_rng(0), 40, 10, 4)
    assert len(plans) == 40
    seen = np.zeros((10, 4), int)
    for plan in plans:
        assert 2 <= len(plan.person_ids) <= 4
        assert list(plan.person_ids) == sorted(set(plan.person_ids))
        seen[list(plan.person_ids), plan.camera] += 1
    assert np.ptp(seen.sum(axis=1)) <= 2
    assert (np.bincount([plan.camera for plan in plans]) == 10).all()


def test_queries_of_an_identity_come_from_different_cameras():
    plans = [ImagePlan(camera, (0,), 0) for camera in (0, 0, 1)]
    queries = choose_queries(np.random.default_rng(0), plans, 1, 2)
    assert {plans[image].camera for image, _ in queries} == {0, 1}
    assert {person for _, person in queries} == {0}


def test_persons_seen_once_cannot_be_searched_for():
    plans = [ImagePlan(0, (0, 1), 0), ImagePlan(0, (1,), 0)]
    rng = np.random.default_rng(0)
    assert {p for _, p in choose_queries(rng, plans, 2, 2)} == {1}
    with pytest.raises(InputError, match='only 2 persons.*fewer queries'):
        choose_queries(rng, plans, 2, 3)
