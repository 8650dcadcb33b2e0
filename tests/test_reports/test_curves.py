"""Charts of what some runs lack."""

from pathlib import Path

import numpy as np

from mmdmr.evaluation.functional import count_pairs, measure_false_alarms
from mmdmr.reports.curves import similarity_charts
from mmdmr.reports.logs import LogFacts
from mmdmr.reports.metrics import FinalMetrics
from mmdmr.reports.predictions import Analysis
from mmdmr.reports.runs import Run
from mmdmr.reports.scalars import Scalars


def run_with(name, person_ids):
    """A run whose detections, one in each image, show these persons."""
    feats = np.random.default_rng(0).normal(size=(len(person_ids), 8))
    feats /= np.linalg.norm(feats, axis=1, keepdims=True)
    compared = feats, person_ids, np.arange(len(person_ids))
    analysis = Analysis(
        'all',
        [],
        count_pairs(*compared),
        measure_false_alarms(*compared, (0.1, 0.01)),
    )
    final = FinalMetrics({}, '', {})
    run = Run(name, Path(name), LogFacts(), Scalars(), final)
    return Run(**{**vars(run), 'analysis': analysis})


def test_a_run_that_detects_nobody_twice_has_pairs_of_two_persons_alone():
    """A weak detector may find each person once: no match can be found."""
    once = run_with('once', np.arange(60))
    (pairs,) = similarity_charts([once])
    genuine = [row[1] for row in pairs.rows]
    assert pairs.head[1:] == ['one person', 'two persons']
    assert set(genuine) == {'0'}
    *_, alarms = similarity_charts(
        [once, run_with('twice', np.arange(60) // 2)]
    )
    assert alarms.head == ['false alarms per comparison (%)', 'twice']
