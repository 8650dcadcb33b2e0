"""Pairs of detections, counted by their similarity."""

import numpy as np
import pytest

from mmdmr.errors import InputError
from mmdmr.evaluation.functional import count_pairs, measure_false_alarms
from mmdmr.evaluation.functional.pairs import BLOCK


@pytest.fixture
def search():
    """Embeddings, persons and images, more than are compared at a time."""
    rng = np.random.default_rng(0)
    num = BLOCK + 40
    feats = rng.normal(size=(num, 8))
    feats /= np.linalg.norm(feats, axis=1, keepdims=True)
    return feats, rng.integers(-2, 20, num), rng.integers(0, 50, num)


def test_counts_are_those_of_plain_loops(search):
    feats, persons, images = search
    counts = count_pairs(*search, num_bins=10)
    expected = np.zeros((2, 10), int)
    for i in range(len(feats)):
        for j in range(i):
            if images[i] != images[j] and min(persons[i], persons[j]) >= 0:
                place = int((feats[i] @ feats[j] + 1) / 2 * 10)
                expected[int(persons[i] != persons[j]), place] += 1
    assert counts.edges.tolist() == pytest.approx(np.arange(-1, 1.01, 0.2))
    assert counts.genuine.tolist() == expected[0].tolist()
    assert counts.impostor.tolist() == expected[1].tolist()


def test_pairs_are_those_of_the_false_alarms(search):
    counts, alarms = count_pairs(*search), measure_false_alarms(*search, [0.1])
    assert counts.genuine.sum() == alarms.num_genuine
    assert counts.impostor.sum() == alarms.num_impostor


def test_a_similarity_beyond_1_by_rounding_counts():
    feats = np.full((2, 1), 1.005)
    counts = count_pairs(feats, np.zeros(2, int), np.arange(2), num_bins=4)
    assert counts.genuine.tolist() == [0, 0, 0, 1]


def test_other_embeddings_are_refused():
    with pytest.raises(InputError, match='detections'):
        count_pairs(np.full((2, 1), np.nan), np.zeros(2, int), np.arange(2))
