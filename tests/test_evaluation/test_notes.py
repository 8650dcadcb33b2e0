"""Notes on predictions that are probably wrong."""

import re

import numpy as np
import pytest

from mmdmr.evaluation.functional import notes_on
from mmdmr.structures import Detections, GroundTruth

PEOPLE = np.array([[10.0, 20, 50, 110], [60, 5, 100, 95]])


def judged(
    boxes=PEOPLE,
    scores=(0.9, 0.8),
    feats=None,
    query=None,
    gt=None,
    score_thr=0.5,
):
    truth = GroundTruth(
        ('a.jpg', 'b.jpg'),
        [PEOPLE, np.empty((0, 4))],
        [np.array([0, -1]), np.empty(0, dtype=int)],
        np.array([-1, -1]),
    )
    detections = Detections(
        np.array(boxes, dtype=float),
        np.array(scores),
        np.eye(2) if feats is None else feats,
        np.array([0, 2, 2]),
    )
    return notes_on(
        detections,
        np.eye(2) if query is None else query,
        truth,
        gt,
        score_thr,
    )


def test_right_predictions_give_no_cause():
    assert judged() == judged(gt=np.eye(2)) == []
    # rounding, and an embedding of nothing
    half = np.eye(2, dtype=np.float16) * np.float16(0.9995)
    assert judged(feats=half, query=np.eye(2) * [1, 0]) == []
    # one detection reaches the threshold
    assert judged(scores=(0.9, 0.3)) == judged(scores=(0.3, 0.5)) == []
    nothing = Detections(
        np.empty((0, 4)), np.empty(0), np.empty((0, 2)), np.zeros(3, int)
    )
    truth = GroundTruth(('a', 'b'), [PEOPLE] * 2, [np.zeros(2, int)] * 2, None)
    (said,) = notes_on(nothing, np.eye(2), truth)
    assert said == 'dets: no image has a detection'


def test_nothing_is_said_of_boxes_where_no_person_is():
    truth = GroundTruth(
        ('a.jpg',), [np.empty((0, 4))], [np.empty(0, dtype=int)], None
    )
    detections = Detections(
        PEOPLE, np.array([0.9, 0.8]), np.eye(2), np.array([0, 2])
    )
    assert notes_on(detections, np.eye(2), truth) == []


@pytest.mark.parametrize(
    'changes,words',
    [
        # x, y, w, h; corners the wrong way round
        (dict(boxes=[[10, 20, 40, 90], [60, 5, 40, 90]]), '1 of 2 boxes end'),
        (dict(boxes=PEOPLE[:, [2, 3, 0, 1]]), '2 of 2 boxes end'),
        # shares and per cent of the image, another image's size
        (dict(boxes=PEOPLE / 200), 'no box reaches beyond 1 pixel'),
        (dict(boxes=PEOPLE / 2), 'none of 2 boxes overlaps'),
        (dict(boxes=PEOPLE / 100), 'none of 2 boxes overlaps'),
        (dict(boxes=PEOPLE * 3), 'none of 2 boxes overlaps'),
        (dict(scores=(90, 80)), 'scores: reach from 80 to 90'),
        (dict(scores=(0.4, 0.09)), 'none of 2 .*reaches 0.5.* 0.4 at most'),
        (dict(score_thr=0.95), 'none of 2 detections reaches 0.95'),
        (dict(scores=(-2.0, 3.0)), 'scores: reach from -2 to 3'),
        (dict(feats=np.eye(2) * 0.2), 'feats: 2 of 2 embeddings .*0.2'),
        (dict(query=np.eye(2) * [1, 7]), 'query_feats: 1 of 2 .*from 1 to 7'),
        (dict(gt=np.eye(2) * 30), 'gt_feats: 2 of 2'),
        (dict(feats=np.zeros((2, 2))), 'feats: all 2 embeddings are equal'),
        (dict(query=np.ones((2, 2)) / 2**0.5), 'query_feats: all 2'),
    ],
)
def test_what_is_probably_not_meant_is_said(changes, words):
    said = judged(**changes)
    assert any(re.search(words, note) for note in said), said
