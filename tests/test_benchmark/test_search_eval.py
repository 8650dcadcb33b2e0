"""Comparisons with a peer; the times themselves are not judged."""

import numpy as np
import pytest

from mmdmr.benchmark.peers import plain_loop
from mmdmr.benchmark.search_eval import (
    compare,
    select_queries,
    time_product,
)
from mmdmr.evaluation.functional import Search, score_search


def test_a_peer_that_agrees_has_no_gap(case):
    search = Search(case.protocol)
    found = compare(search, plain_loop, case, every=5, repeat=2)
    assert found.num_queries == 12
    assert found.gap < 1e-9
    assert found.seconds > 0 and found.peer_seconds > 0
    positions = np.array([0, 5, 10])
    assert found.peer_metrics == plain_loop(search, case, positions)


def test_the_gap_is_the_greatest_difference_of_a_metric(case):
    right = score_search(case.detections, case.query_feats, case.protocol)
    metrics = dict(right.figures)

    def peer(search, case, positions):
        assert positions.tolist() == list(range(12))
        return dict(
            mAP=metrics['mAP'] + 0.01,
            top1=metrics['top1'] - 0.02,
            top5=metrics['top5'],
        )

    found = compare(Search(case.protocol), peer, case, every=1, repeat=1)
    assert found.gap == pytest.approx(0.02)


def test_the_time_of_the_peer_is_scaled_to_all_queries(case, monkeypatch):
    monkeypatch.setattr(
        'mmdmr.benchmark.search_eval.seconds',
        lambda function: function() or 3.0,
    )
    found = compare(Search(case.protocol), plain_loop, case, every=4, repeat=1)
    assert found.peer_seconds == 12.0  # three of twelve queries


def test_a_part_of_a_protocol_scores_as_in_the_whole(case):
    def score(protocol):
        return score_search(case.detections, case.query_feats, protocol).ap

    part = select_queries(case.protocol, np.array([9, 1, 4]))
    assert score(part).tolist() == score(case.protocol)[[9, 1, 4]].tolist()


@pytest.mark.parametrize('dtype', ['float32', 'float64'])
def test_the_product_takes_time(case, dtype):
    assert time_product(case, dtype) > 0
