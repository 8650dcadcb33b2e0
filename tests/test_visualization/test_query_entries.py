"""Which queries a page shows, and what of each."""

from dataclasses import replace

import numpy as np
import pytest

from mmdmr.evaluation.functional import SearchScores, score_search
from mmdmr.visualization.query_entries import order_queries, query_entries


def test_orders():
    nothing = np.zeros(4)
    scores = SearchScores(
        {},
        np.array([0.5, 0.0, 0.5, 1.0]),
        nothing,
        np.array([3, np.inf, 0, 0]),
        nothing,
    )
    assert order_queries(scores, 'worst').tolist() == [1, 0, 2, 3]
    assert order_queries(scores, 'best').tolist() == [3, 2, 0, 1]
    assert order_queries(scores, 'listed').tolist() == [0, 1, 2, 3]


@pytest.fixture
def entry(scene):
    """Entry of the only query, of person 0, with these options."""
    task, detections, _ = scene
    feats = np.array([[1.0, 0]])

    def make(names=('p7', 'p8'), num_matches=5, score_thr=0.5):
        truth = replace(task.ground_truth, person_id_names=names)
        protocol = task.protocols['all']
        (found,) = query_entries(
            replace(task, ground_truth=truth),
            protocol,
            detections,
            feats,
            score_search(detections, feats, protocol),
            [0],
            score_thr=score_thr,
            num_matches=num_matches,
        )
        return found

    return make


def test_an_entry_names_the_query_and_its_metrics(entry):
    found = entry()
    assert found.title == 'Query 0 in 0, person p7'
    assert found.note == 'AP 100.0, recall 100 %'
    assert found.img_id == 0
    assert found.ranking.img_ids.tolist() == [1, 2]
    assert list(found.ranking.kinds) == ['right', 'wrong']
    assert found.match_boxes.shape == (2, 4)
    assert found.truth.ranks.tolist() == [0]


def test_matches_and_threshold_are_those_asked_for(entry):
    assert len(entry(num_matches=1).ranking.rows) == 1
    assert len(entry(score_thr=1.1).ranking.rows) == 0


def test_an_unlabelled_query_has_no_name(scene):
    task, detections, _ = scene
    queries = replace(task.queries, person_ids=np.array([-1]))
    protocol = task.protocols['all']
    feats = np.array([[1.0, 0]])
    (found,) = query_entries(
        replace(task, queries=queries),
        protocol,
        detections,
        feats,
        score_search(detections, feats, protocol),
        [0],
        score_thr=0.5,
        num_matches=1,
    )
    assert found.title == 'Query 0 in 0'
