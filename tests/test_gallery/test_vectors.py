"""Embeddings as they are stored."""

import numpy as np
import pytest

from mmdmr.errors import InputError
from mmdmr.gallery.vectors import (
    decode,
    encode,
    similarities,
    stored_dtype,
    unit_rows,
)


@pytest.mark.parametrize('stored', ['float16', 'int8'])
@pytest.mark.parametrize('dim', [1, 7, 256, 2048])
def test_what_is_stored_is_near(stored, dim):
    rng = np.random.default_rng(dim)
    feats = unit_rows(rng.standard_normal((50, dim)), 'x')
    codes = encode(feats, stored)
    assert codes.dtype == stored_dtype(stored)
    again = decode(codes)
    assert np.abs((again * feats).sum(axis=1) - 1).max() < 2e-3
    np.testing.assert_allclose(
        similarities(feats, codes), feats @ again.T, atol=1e-5
    )
    # Embeddings that were decoded already.
    np.testing.assert_allclose(
        similarities(feats, again), feats @ again.T, atol=1e-6
    )


@pytest.mark.parametrize('scale', [1e-38, 1e-20, 1, 1e20, 3e38])
def test_any_scale_becomes_unit_length(scale):
    feats = np.array([[1.0, -1.0, 0.5]]) * scale
    np.testing.assert_allclose(
        unit_rows(feats, 'x'), [[2 / 3, -2 / 3, 1 / 3]], rtol=1e-6
    )


@pytest.mark.parametrize('bad', [0, np.nan, np.inf, -np.inf, 1e300])
def test_what_has_no_direction(bad):
    with (
        np.errstate(over='ignore'),
        pytest.raises(InputError, match='query: embedding 1 is zero or not'),
    ):
        unit_rows(np.array([[1.0, 0.0], [bad, 0.0]]), 'query')


def test_no_embeddings():
    for stored in ('float16', 'int8'):
        codes = encode(unit_rows(np.empty((0, 5)), 'x'), stored)
        assert decode(codes).shape == (0, 5)
