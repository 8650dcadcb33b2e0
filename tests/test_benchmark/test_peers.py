"""Peers: independent of the scoring, and given what they ask for."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from mmdmr.benchmark.peers import (
    plain_average_precision,
    plain_iou,
    plain_loop,
    plain_search,
    seqnet_peer,
)
from mmdmr.evaluation.functional import (
    CBGM,
    Search,
    score_search,
    stored_contexts,
)

PEER = """
def eval_search_prw(gallery, queries, dets, feats, query_feats, query_dets,
                    query_context, k1, k2, cbgm):
    global seen
    seen = dict(locals())
    return dict(mAP=0.5, accs=[0.25, 0.5, 0.75])
"""


def test_the_plain_loop_imports_nothing_of_what_it_checks():
    code = (
        'import sys, mmdmr.benchmark.peers; '
        'print([m for m in sys.modules if m.startswith("mmdmr.evaluation")])'
    )
    output = subprocess.run(
        [sys.executable, '-c', code],
        capture_output=True,
        check=True,
        text=True,
    )
    assert output.stdout.strip() == '[]'


@pytest.mark.parametrize('seed', range(10))
def test_average_precision_equals_sklearn(seed):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 8, 30) / 8
    labels = rng.random(30) < 0.3
    labels[0] = True
    assert plain_average_precision(labels, scores) == pytest.approx(
        average_precision_score(labels, scores), abs=1e-15
    )


def test_no_right_entry_has_no_precision():
    assert plain_average_precision(np.zeros(3, bool), np.ones(3)) == 0


def test_iou_by_hand():
    assert plain_iou([0, 0, 10, 10], [5, 0, 15, 10]) == pytest.approx(1 / 3)
    assert plain_iou([0, 0, 1, 1], [2, 2, 3, 3]) == 0


@pytest.mark.parametrize('matched', [False, True])
def test_positions_choose_queries(case, matched):
    contexts = stored_contexts(case.detections, case.queries)
    cbgm = CBGM(contexts, 5, 3) if matched else None
    scores = score_search(
        case.detections, case.query_feats, case.protocol, cbgm=cbgm
    )
    positions = np.array([7, 2])
    ap, hits = plain_search(
        case.detections,
        case.query_feats,
        case.protocol,
        cbgm=cbgm,
        positions=positions,
    )
    np.testing.assert_allclose(ap, scores.ap[positions], rtol=0, atol=1e-12)
    np.testing.assert_array_equal(hits, scores.hits[positions])
    metrics = plain_loop(Search(case.protocol, cbgm=cbgm), case, positions)
    assert metrics['mAP'] == ap.mean()
    assert [metrics[f'top{k}'] for k in (1, 5, 10)] == hits.mean(0).tolist()


@pytest.mark.parametrize('matched', [False, True])
def test_seqnet_gets_the_same_case(case, tmp_path, monkeypatch, matched):
    (tmp_path / 'eval_func.py').write_text(PEER)
    monkeypatch.setattr(sys, 'path', [*sys.path])
    monkeypatch.delitem(sys.modules, 'eval_func', raising=False)
    peer = seqnet_peer(str(tmp_path), 30, 4)
    contexts = stored_contexts(case.detections, case.queries)
    search = Search(
        case.protocol, cbgm=CBGM(contexts, 30, 4) if matched else None
    )
    metrics = peer(search, case, np.array([3, 5]))
    assert metrics == dict(mAP=0.5, top1=0.25, top5=0.5, top10=0.75)
    seen = sys.modules['eval_func'].seen
    monkeypatch.delitem(sys.modules, 'eval_func')
    truth, queries = case.ground_truth, case.queries
    assert [a['img_name'] for a in seen['gallery'].annotations] == list(
        truth.img_names
    )
    assert [a['pids'] for a in seen['queries'].annotations] == (
        queries.person_ids[[3, 5]].tolist()
    )
    np.testing.assert_array_equal(
        np.concatenate(seen['dets'])[:, :4], case.detections.boxes
    )
    np.testing.assert_array_equal(
        np.stack(seen['query_feats']), case.query_feats[[3, 5]]
    )
    assert seen['cbgm'] is matched and (seen['k1'], seen['k2']) == (30, 4)
    assert len(seen['query_dets']) == (2 if matched else 0)
    for i, boxes in zip((3, 5), seen['query_dets']):
        np.testing.assert_array_equal(boxes[0, :4], queries.boxes[i])
        assert len(boxes) == 1 + len(contexts[i])


def test_a_folder_without_seqnet_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match='no eval_func.py'):
        seqnet_peer(str(tmp_path), 30, 4)
