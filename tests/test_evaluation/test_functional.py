"""The package as a whole: golden figures, names, examples."""

import pytest
from golden_sets import SETS
from search_reference import random_scene

import mmdmr.evaluation.functional as functional
from mmdmr.evaluation.functional import (
    CBGM,
    load_detections,
    load_query_feats,
    score_detection,
    score_search,
    stored_contexts,
)


@pytest.mark.parametrize('name', SETS)
def test_golden_search_and_detection(golden, expected, name):
    reader, folder, protocols, (k1, k2) = SETS[name]
    reader = reader(golden / folder, test=True)
    truth = reader.ground_truth()
    task = reader.search_task(truth, protocols)
    path = golden / f'{name}.npz'
    detections = load_detections(path, truth.img_names)
    query_feats = load_query_feats(path, task.queries, truth.img_names)
    cbgm = CBGM(stored_contexts(detections, task.queries), k1, k2)
    rows = 0
    for key, figures in expected.items():
        data, what, *protocol = key.split('.', 2)
        if data != name or what == 'reader':
            continue
        if what == 'search':
            protocol, _, matched = protocol[0].partition('+')
            scores = score_search(
                detections,
                query_feats,
                task.protocols[protocol],
                cbgm=cbgm if matched else None,
            ).metrics
        else:
            score_thr = float(key.split('@')[1])
            scores = score_detection(detections, truth, score_thr)
        assert scores == pytest.approx(figures, rel=0, abs=1e-9), key
        rows += 1
    assert rows >= 6


def test_names_of_earlier_versions_can_be_imported():
    for old, new in (
        ('Suite', 'ScoringResult'),
        ('score_suite', 'score_predictions'),
        ('Truth', 'QueryPositives'),
        ('find_truth', 'find_positives'),
        ('remarks_on', 'notes_on'),
    ):
        assert getattr(functional, old) is getattr(functional, new)
    for name in functional.__all__:
        assert hasattr(functional, name)
    scores = score_search(*random_scene(0)[:3])
    assert scores.figures is scores.metrics
