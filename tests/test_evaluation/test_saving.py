"""Predictions to a file and back."""

import numpy as np
import pytest

from mmdmr.evaluation.functional import (
    load_contexts,
    load_detections,
    load_gt_feats,
    load_query_feats,
    load_score_thr,
)
from mmdmr.evaluation.saving import save_predictions
from mmdmr.structures import Detections, GroundTruth, Queries, SearchTask

BOXES = np.array([[0.0, 0, 40, 90], [5, 5, 9, 19], [1, 2, 3, 4]])
NAMES = ('a/ä.jpg', 'b.jpg', 'c.jpg')


@pytest.fixture
def predictions():
    truth = GroundTruth(
        NAMES, [BOXES[:1]] * 3, [np.array([0])] * 3, np.full(3, -1)
    )
    queries = Queries(np.array([2, 0]), BOXES[[0, 0]], np.array([0, 0]))
    found = Detections.from_counts(
        BOXES, np.array([0.5, 0.25, 1.0]), np.eye(3), [2, 0, 1]
    )
    return SearchTask(truth, queries, {}), found, np.eye(3)[:2]


def test_round_trip(predictions, tmp_path):
    task, found, query_feats = predictions
    path = tmp_path / 'new/predictions.npz'
    save_predictions(path, *predictions, np.eye(3), 0.25)
    read = load_detections(path, NAMES)
    for field in ('boxes', 'scores', 'feats', 'offsets'):
        np.testing.assert_array_equal(
            getattr(read, field), getattr(found, field)
        )
    np.testing.assert_array_equal(
        load_query_feats(path, task.queries, NAMES), query_feats
    )
    np.testing.assert_array_equal(load_gt_feats(path, 3), np.eye(3))
    assert load_contexts(path) == 'suppressed'
    assert load_score_thr(path) == 0.25


def test_what_is_not_given_is_not_written(predictions, tmp_path):
    save_predictions(tmp_path / 'p.npz', *predictions)
    assert load_score_thr(tmp_path / 'p.npz') is None
    assert 'gt_feats' not in np.load(tmp_path / 'p.npz')


def test_an_interrupted_file_leaves_the_older_one(
    predictions, tmp_path, monkeypatch
):
    path = tmp_path / 'p.npz'
    save_predictions(path, *predictions)
    before = path.read_bytes()

    def interrupted(file, **arrays):
        file.write(b'half')
        raise KeyboardInterrupt

    monkeypatch.setattr('numpy.savez', interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_predictions(path, *predictions, np.eye(3))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
