"""A small simulated case."""

import pytest

from mmdmr.benchmark.simulation import (
    Case,
    Scale,
    simulate_ground_truth,
    simulate_predictions,
    spread_queries,
)


@pytest.fixture(scope='session')
def case():
    truth = simulate_ground_truth(Scale(60, 240, 20), seed=0)
    queries, protocol = spread_queries(truth, 12)
    detections, feats = simulate_predictions(
        truth,
        queries,
        num_detections=300,
        dims=16,
        noise=1.6,
        dtype='float64',
        seed=0,
    )
    return Case(truth, queries, protocol, detections, feats)
