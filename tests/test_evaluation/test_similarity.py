"""Similarities, the same in any block and right."""

import math

import numpy as np
import pytest
from search_reference import unit

from mmdmr.evaluation.functional.similarity import (
    _split,
    similarity,
    similarity_error,
)


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


def test_bound_by_hand():
    # 2.1 x 16 steps of 2^-48 for the remainders, 256 x 2^-54 are four more.
    assert similarity_error(256) == pytest.approx(
        37.6 * 2.0**-48, rel=1e-12, abs=0
    )


def test_parts_are_multiples_and_add_up():
    """Rounded as NumPy's rint does, half to even."""
    rng = np.random.default_rng(2)
    feats = rng.uniform(-1.01, 1.01, (50, 40))
    steps = np.array([0.5, 1.5, -0.5, -2.5, 2.49, 0.0])
    feats[0, :6], feats[1, :6] = steps * 2.0**-26, steps * 2.0**-47
    high, low = _split(feats)
    np.testing.assert_array_equal(high, np.rint(feats * 2**26) / 2**26)
    rest = feats - high
    np.testing.assert_array_equal(low, np.rint(rest * 2.0**47) / 2.0**47)
    assert np.abs(feats - high - low).max() <= 2.0**-48


@pytest.mark.parametrize('block', [1, 100, 192 * 7])
def test_blocks_of_the_gallery_change_nothing(monkeypatch, block):
    rng = np.random.default_rng(3)
    gallery = unit(rng.normal(size=(30, 192)))
    queries = unit(rng.normal(size=(3, 192)))
    whole = similarity(queries, gallery)
    sizes = []

    def split(feats):
        sizes.append(feats.size)
        return _split(feats)

    monkeypatch.setattr(f'{similarity.__module__}._BLOCK', block)
    monkeypatch.setattr(f'{similarity.__module__}._split', split)
    assert similarity(queries, gallery).tobytes() == whole.tobytes()
    # A row is not cut.
    assert max(sizes[1:]) <= max(block, 192)
    assert (
        similarity(queries[:, :0], gallery[:, :0]).tolist() == [[0] * 30] * 3
    )
