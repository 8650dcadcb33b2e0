"""Growth of the scoring's cost with detections, queries and dimensions."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from mmdmr.benchmark.fitting import Formula, fit
from mmdmr.benchmark.scoring_alone import Alone
from mmdmr.benchmark.simulation import Simulation
from mmdmr.evaluation.functional.search import default_block_size

#: Values that each size takes in turn; the others stay at ``_FIXED``.
_SIZES = dict(
    detections=(10**3, 10**4, 10**5, 10**6),
    queries=(100, 1000, 2900),
    dims=(64, 1024, 2048),
)
_FIXED = dict(detections=10**5, queries=500, dims=256)


class Measurement(NamedTuple):
    """A measured scoring.

    Args:
        simulation (Simulation): Predictions that were scored.
        cost (Alone): Time and memory.
    """

    simulation: Simulation
    cost: Alone


def growing_sizes(
    largest: int, dtype: str = 'float32', seed: int = 0
) -> Iterator[Simulation]:
    """Cases in which one size grows and the others stay.

    Args:
        largest (int): Greatest number of detections.
        dtype (str): NumPy type of the embeddings. Defaults to 'float32'.
        seed (int): Seed of the simulations. Defaults to 0.

    Yields:
        Simulation: Cases, the small galleries first.

    Example:
        >>> cases = list(growing_sizes(10**4))
        >>> [(c.detections, c.queries, c.dims) for c in cases[:3]]
        [(1000, 500, 256), (10000, 500, 256), (10000, 100, 256)]
    """
    for name, values in _SIZES.items():
        for value in values:
            sizes = {**_FIXED, name: value}
            if name != 'detections':
                sizes['detections'] = min(_FIXED['detections'], largest)
            if sizes['detections'] <= largest:
                yield Simulation(
                    sizes['queries'],
                    sizes['detections'],
                    sizes['dims'],
                    dtype=dtype,
                    seed=seed,
                )


def fit_seconds(cases: Sequence[Measurement]) -> Formula:
    """Explain the time of the scoring.

    Args:
        cases (Sequence[Measurement]): Measured cases: q queries, N
            detections, D dimensions.

    Returns:
        Formula: Seconds ``a q + b q N + c q N D + d N D``.
    """
    q, num, dims = _sizes(cases)
    terms = np.stack([q, q * num, q * num * dims, num * dims], axis=1)
    return fit(terms, np.array([case.cost.seconds for case in cases]))


def fit_peak(cases: Sequence[Measurement]) -> Formula:
    """Explain the peak memory.

    Args:
        cases (Sequence[Measurement]): Measured cases.

    Returns:
        Formula: Bytes ``a + b x bytes of the embeddings + c x bytes of a
        block of similarities + d N``; the embeddings exist b times.
    """
    q, num, _ = _sizes(cases)
    blocks = np.array([default_block_size(int(n)) for n in num])
    terms = np.stack(
        [
            np.ones(len(cases)),
            [case.cost.feats_bytes for case in cases],
            4 * np.minimum(q, blocks) * num,
            num,
        ],
        axis=1,
    )
    return fit(terms, np.array([case.cost.peak for case in cases]))


def growth_lines(cases: Sequence[Measurement]) -> Iterable[str]:
    """Explain measured cases by two formulas.

    Args:
        cases (Sequence[Measurement]): Measured cases, as many as a formula
            has terms or more.

    Yields:
        str: Lines of text.
    """
    for what, formula, terms in (
        (
            'seconds',
            fit_seconds(cases),
            (
                (1e3, 'ms a query'),
                (1e9, 'ns a query and detection'),
                (1e12, 'ps a query, detection and dimension'),
                (1e9, 'ns a detection and dimension'),
            ),
        ),
        (
            'peak memory',
            fit_peak(cases),
            (
                (1e-6, 'MB'),
                (1, 'x the embeddings'),
                (1, 'x a block of similarities'),
                (1, 'bytes a detection'),
            ),
        ),
    ):
        parts = [
            f'{scale * value:.3g} {unit}'
            for value, (scale, unit) in zip(formula.coefficients, terms)
        ]
        yield f'{what} = ' + ' + '.join(parts)
        yield (
            f'  relative error: median {formula.median_error:.0%}, at most '
            f'{formula.greatest_error:.0%}'
        )


def _sizes(
    cases: Sequence[Measurement],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n,) queries, detections and dimensions of the cases."""
    return (
        np.array([float(c.simulation.queries) for c in cases]),
        np.array([float(c.cost.detections) for c in cases]),
        np.array([float(c.simulation.dims) for c in cases]),
    )
