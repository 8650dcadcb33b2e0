"""A scoring in a process of its own; no time is judged."""

import pytest

from mmdmr.benchmark.scoring_alone import measure_alone
from mmdmr.benchmark.simulation import Simulation, simulate
from mmdmr.errors import InputError
from mmdmr.evaluation.functional import score_search


def test_the_process_scores_the_same_case():
    simulation = Simulation(6, 400, 16, dtype='float32', seed=3)
    found = measure_alone(simulation, repeat=2)
    case = simulate(simulation)
    scores = score_search(case.detections, case.query_feats, case.protocol)
    assert found.metrics == scores.metrics
    assert found.images == case.detections.num_images
    assert found.detections == len(case.detections)
    assert found.feats_bytes == case.detections.feats.nbytes
    assert found.seconds > 0 and found.product_seconds > 0
    # NumPy and SciPy take some 100 MB, this case nothing to speak of.
    assert 10e6 < found.peak < 500e6


def test_wrong_input_is_told(tmp_path, capfd):
    path = tmp_path / 'none.json'
    with pytest.raises(InputError, match='none.json'):
        measure_alone(Simulation(1, 400, 4, test_ann=str(path)))
    assert capfd.readouterr().err == ''


def test_a_process_without_an_answer_is_told(capfd):
    with pytest.raises(InputError, match='400 detections ended with code 1'):
        measure_alone(Simulation(1, 400, 4, dtype='no type'))
    assert 'no type' in capfd.readouterr().err


@pytest.mark.slow
def test_a_million_detections_fit_beside_their_embeddings():
    """1.02 GB of embeddings, and 256 queries with 4 MB each."""
    simulation = Simulation(300, 10**6, 256, dtype='float32')
    found = measure_alone(simulation)
    assert found.detections == pytest.approx(10**6, rel=0.01)
    assert found.peak < found.feats_bytes + 2**30 + 600e6
