"""Coarse similarities give the ranks of the exact ones."""

import numpy as np
import pytest

from mmdmr.evaluation.functional.counting import (
    LEFT_OUT,
    coarse_error,
    count_above,
    most_similar,
    tied_with,
)


def scene(seed):
    """Exact similarities, many of them equal or close; coarse ones at the
    very bound of the error; some not in the gallery.
    """
    rng = np.random.default_rng(seed)
    num = int(rng.choice([1, 5, 100, 600, 3000]))
    error = coarse_error(64) * float(rng.choice([1, 3, 30]))
    exact = rng.uniform(-1, 1, num)
    if seed % 2:
        exact = rng.choice(rng.uniform(-1, 1, max(2, num // 5)), num)
    if seed % 3 == 0:
        exact *= 1e-4
    noise = error * rng.choice([-0.99, 0.99, 0.3, 0.0], num)
    coarse = (exact + noise).astype(np.float32)
    coarse[rng.random(num) < 0.2] = LEFT_OUT
    return rng, exact, coarse, error + 1e-7


@pytest.mark.parametrize('seed', range(300))
def test_ranks_are_those_of_the_exact_similarities(seed):
    rng, exact, coarse, error = scene(seed)
    there = np.flatnonzero(coarse > LEFT_OUT)
    if not len(there):
        return
    targets = rng.choice(there, min(len(there), 20), replace=False)
    above, equal = count_above(coarse, exact.take, targets, error)
    values = exact[targets][:, None]
    assert above.tolist() == (exact[there] > values).sum(axis=1).tolist()
    assert equal.tolist() == (exact[there] == values).sum(axis=1).tolist()
    tied = tied_with(coarse, exact.take, int(targets[0]), error)
    assert tied.tolist() == there[exact[there] == values[0]].tolist()
    places = rng.permutation(len(exact))
    for ties in (None, places):
        num = int(rng.integers(1, 30))
        best = most_similar(coarse, exact.take, num, error, ties)
        order = np.lexsort(
            ((there if ties is None else ties[there]), -exact[there])
        )
        assert best.tolist() == there[order][:num].tolist()


@pytest.mark.parametrize('dims', [4, 64, 2048])
def test_the_bound_holds_for_products_in_float32(dims):
    rng = np.random.default_rng(dims)
    for spread in (1.0, 100.0):
        feats = rng.standard_normal((200, dims)) ** 3 + spread
        feats *= 1.01 / np.linalg.norm(feats, axis=1, keepdims=True)
        exact = feats @ feats.T
        coarse = feats.astype(np.float32) @ feats.astype(np.float32).T
        assert np.abs(coarse - exact).max() < coarse_error(dims)


def test_only_what_is_close_is_computed_exactly():
    rng = np.random.default_rng(0)
    exact = rng.uniform(-1, 1, 20000)
    asked = []

    def take(entries):
        asked.append(len(entries))
        return exact[entries]

    targets = np.arange(0, 20000, 1000)
    count_above(exact.astype(np.float32), take, targets, coarse_error(256))
    assert 0 < sum(asked) < 200
