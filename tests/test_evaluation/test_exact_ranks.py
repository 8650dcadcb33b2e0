"""Coarse similarities give the ranks of the exact ones."""

import numpy as np
import pytest

from mmdmr.evaluation.functional.exact_ranks import (
    EXCLUDED,
    Refinement,
    coarse_error,
    count_above,
    most_similar,
    tied_with,
)
from mmdmr.evaluation.functional.similarity import similarity


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
    coarse[rng.random(num) < 0.2] = EXCLUDED
    return rng, exact, coarse, error + 1e-7


@pytest.mark.parametrize('seed', range(300))
def test_ranks_are_those_of_the_exact_similarities(seed):
    rng, exact, coarse, error = scene(seed)
    in_gallery = np.flatnonzero(coarse > EXCLUDED)
    if not len(in_gallery):
        return
    targets = rng.choice(in_gallery, min(len(in_gallery), 20), replace=False)
    between = exact + error * 1e-3 * rng.uniform(-0.99, 0.99, len(exact))
    refinements = [
        Refinement(between.take, error * 1e-3),
        Refinement(exact.take, 0.0),
    ]
    if seed % 4 == 0:
        refinements = refinements[1:]
    above, equal = count_above(coarse, error, refinements, targets)
    values = exact[targets][:, None]
    assert above.tolist() == (exact[in_gallery] > values).sum(axis=1).tolist()
    assert equal.tolist() == (exact[in_gallery] == values).sum(axis=1).tolist()
    tied = tied_with(coarse, error, refinements, int(targets[0]))
    assert tied.tolist() == in_gallery[exact[in_gallery] == values[0]].tolist()
    tie_order = rng.permutation(len(exact))
    for ties in (None, tie_order):
        num = int(rng.integers(1, 30))
        best = most_similar(coarse, error, refinements, num, ties)
        order = np.lexsort(
            (
                (in_gallery if ties is None else ties[in_gallery]),
                -exact[in_gallery],
            )
        )
        assert best.tolist() == in_gallery[order][:num].tolist()


def test_an_error_may_be_as_large_as_the_bound():
    coarse = np.array([0.5, 0.75, 0.875], np.float32)
    exact = Refinement(np.array([0.625, 0.625, 0.75]).take, 0.0)
    assert tied_with(coarse, 0.125, [exact], 0).tolist() == [0, 1]
    above, equal = count_above(coarse, 0.125, [exact], np.array([0]))
    assert above.tolist() == [1] and equal.tolist() == [2]


@pytest.mark.parametrize('dims', [4, 64, 2048])
@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_the_bound_holds_for_products(dims, dtype):
    rng = np.random.default_rng(dims)
    for spread in (1.0, 100.0):
        feats = rng.standard_normal((60, dims)) ** 3 + spread
        feats *= 1.01 / np.linalg.norm(feats, axis=1, keepdims=True)
        exact = similarity(feats, feats)
        product = feats.astype(dtype) @ feats.astype(dtype).T
        assert np.abs(product - exact).max() < coarse_error(dims, dtype)


def counted(values, asked):
    def take(entries):
        asked.append(len(entries))
        return values[entries]

    return take


def test_only_what_is_close_is_computed_exactly():
    rng = np.random.default_rng(0)
    exact = rng.uniform(-1, 1, 20000)
    asked = []
    targets = np.arange(0, 20000, 1000)
    count_above(
        exact.astype(np.float32),
        coarse_error(256),
        [Refinement(counted(exact, asked), 0.0)],
        targets,
    )
    assert 0 < sum(asked) < 200


def test_a_crowd_is_thinned_out_before_it_is_computed_exactly():
    """Embeddings that are nearly the same, as of an untrained network."""
    rng = np.random.default_rng(0)
    exact = 0.9 + 1e-6 * rng.random(5000)
    double = exact + 1e-13 * rng.uniform(-1, 1, 5000)
    cheap, dear = [], []
    refinements = [
        Refinement(counted(double, cheap), 1e-13),
        Refinement(counted(exact, dear), 0.0),
    ]
    coarse = exact.astype(np.float32)
    targets = np.arange(0, 5000, 100)
    above, _ = count_above(coarse, coarse_error(256), refinements, targets)
    expected = (exact > exact[targets][:, None]).sum(axis=1)
    assert above.tolist() == expected.tolist()
    assert sum(cheap) == 5000 and sum(dear) < 50
    best = most_similar(coarse, coarse_error(256), refinements, 10)
    assert best.tolist() == np.argsort(-exact)[:10].tolist()
    assert sum(dear) < 100


@pytest.mark.parametrize('low', [-1, 0.2, 0.9, 0.99])
def test_few_or_many_entries_matter(low):
    """Targets at the top leave few entries to count, others nearly all."""
    rng = np.random.default_rng(1)
    exact = rng.uniform(-1, 1, 20000).round(4)
    coarse = (exact + rng.uniform(-1e-5, 1e-5, len(exact))).astype(np.float32)
    coarse[rng.random(len(exact)) < 0.1] = EXCLUDED
    in_gallery = coarse > EXCLUDED
    targets = np.flatnonzero(in_gallery & (exact > low))[:30]
    above, equal = count_above(
        coarse, 2e-5, [Refinement(exact.take, 0.0)], targets
    )
    values, others = exact[targets][:, None], exact[in_gallery]
    assert above.tolist() == (others > values).sum(axis=1).tolist()
    assert equal.tolist() == (others == values).sum(axis=1).tolist()


def test_no_target_has_no_rank():
    none = np.array([], dtype=int)
    coarse = np.linspace(-1, 1, 2000, dtype=np.float32)
    above, equal = count_above(coarse, 1e-6, [], none)
    assert above.tolist() == equal.tolist() == []
