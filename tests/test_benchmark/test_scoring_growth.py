"""Growth of the scoring's cost, from costs that follow a formula."""

from itertools import product

import pytest

from mmdmr.benchmark.scoring_alone import Alone
from mmdmr.benchmark.scoring_growth import (
    Measurement,
    fit_peak,
    fit_seconds,
    growing_sizes,
    growth_lines,
)
from mmdmr.benchmark.simulation import Simulation
from mmdmr.evaluation.functional.search import default_block_size

#: Seconds a query, a pair, a pair and dimension, a number that is checked.
SECONDS = 4e-4, 2e-9, 8e-12, 5e-10
#: Bytes, copies of the embeddings and of a block, bytes a detection.
PEAK = 1e8, 1.0, 2.0, 300.0


def cases():
    made = []
    sizes = product((100, 2900), (10**3, 10**5, 10**6), (64, 2048))
    for queries, num, dims in sizes:
        a, b, c, d = SECONDS
        pairs = queries * num
        seconds = a * queries + (b + c * dims) * pairs + d * num * dims
        block = 4 * num * min(queries, default_block_size(num))
        a, b, c, d = PEAK
        peak = a + b * 4 * num * dims + c * block + d * num
        made.append(
            Measurement(
                Simulation(queries, num, dims, dtype='float32'),
                Alone(1, num, 4 * num * dims, seconds, 1.0, int(peak), {}),
            )
        )
    return made


def test_each_size_grows_while_the_others_stay():
    sizes = [(c.detections, c.queries, c.dims) for c in growing_sizes(10**6)]
    assert (10**6, 500, 256) in sizes and (10**5, 2900, 256) in sizes
    assert (10**5, 500, 2048) in sizes
    for num, queries, dims in sizes:
        assert (num == 10**5) + (queries == 500) + (dims == 256) >= 2
    assert max(c.detections for c in growing_sizes(5000)) == 5000


def test_costs_are_explained():
    seconds, peak = fit_seconds(cases()), fit_peak(cases())
    assert seconds.coefficients == pytest.approx(SECONDS)
    assert peak.coefficients == pytest.approx(PEAK, rel=1e-3)
    assert max(seconds.greatest_error, peak.greatest_error) < 1e-3
    lines = list(growth_lines(cases()))
    assert lines[0] == (
        'seconds = 0.4 ms a query + 2 ns a query and detection + 8 ps a query,'
        ' detection and dimension + 0.5 ns a detection and dimension'
    )
    assert lines[2].startswith('peak memory = 100 MB + 1 x the embeddings')
    assert lines[3].endswith('at most 0%')
