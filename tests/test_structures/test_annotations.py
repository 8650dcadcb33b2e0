"""Containers of annotations, protocols and galleries."""

from dataclasses import replace

import numpy as np
import pytest
from search_reference import random_scene

import mmdmr.structures as structures
from mmdmr.structures import Queries, RemainderGalleries, SearchTask


def test_what_was_exported_still_is():
    assert set(structures.__all__) == {
        *('Detections', 'GroundTruth', 'Queries', 'RemainderGalleries'),
        *('SearchProtocol', 'SearchTask', 'iou'),
        *('Hit', 'ModelInfo', 'SearchResult'),
    }


def test_containers_can_be_compared_and_hashed():
    detections, query_feats, protocol, truth = random_scene(0)
    num = len(query_feats)
    queries = Queries(np.zeros(num, int), np.zeros((num, 4)), np.zeros(num))
    task = SearchTask(truth, queries, dict(random=protocol))
    for one in (detections, protocol, truth, queries, task):
        assert one == one and one != replace(one)
        assert len({one, replace(one), one}) == 2


@pytest.mark.parametrize('seed', range(10))
def test_gallery_and_excluded_images_make_up_the_split(seed):
    rng = np.random.default_rng(seed)
    first = rng.permutation(12)[: rng.integers(0, 4)]
    out = rng.permutation(12)[: rng.integers(0, 6)]
    mask = np.isin(np.arange(12), out)
    for excluded in (out, np.tile(out, 2), mask):
        galleries = RemainderGalleries(12, [first], [excluded])
        both = [*galleries[0], *galleries.excluded_from(0)]
        assert sorted(both) == list(range(12))
        assert galleries[0][: len(first)].tolist() == first.tolist()
