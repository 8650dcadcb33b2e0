"""Similarities, the same in any block and right."""

import math

import numpy as np
import pytest
from search_reference import unit

from mmdmr.evaluation.functional.similarity import similarity


def test_similarity_is_the_same_in_any_company():
    rng = np.random.default_rng(0)
    gallery = unit(rng.normal(size=(9000, 192))).astype(np.float32)
    gallery[::3] = gallery[0]
    queries = unit(rng.normal(size=(40, 192))).astype(np.float32)
    sims = similarity(queries, gallery)
    assert (sims[:, ::3] == sims[:, :1]).all()
    for i in (0, 7, 39):
        assert (
            similarity(queries[i : i + 1], gallery[:50]) == sims[i, :50]
        ).all()
    order = rng.permutation(192)
    assert (similarity(queries[:, order], gallery[:, order]) == sims).all()


@pytest.mark.parametrize('dims', [3, 256, 4096])
@pytest.mark.parametrize('dtype', [np.float16, np.float32, np.float64])
def test_similarity_is_right(dims, dtype):
    rng = np.random.default_rng(1)
    queries = unit(rng.normal(size=(4, dims))).astype(dtype)
    gallery = unit(rng.normal(size=(5, dims))).astype(dtype)
    gallery[0] = queries[0]
    exact = [
        [math.fsum(q.astype(float) * g.astype(float)) for g in gallery]
        for q in queries
    ]
    np.testing.assert_allclose(
        similarity(queries, gallery), exact, rtol=0, atol=1e-13
    )
