"""A test split and the predictions on it, from files."""

import numpy as np
import pytest

from mmdmr.errors import InputError
from mmdmr.evaluation.loading import (
    DEFAULT_THR,
    load_predictions,
    make_reader,
    score_thr_of,
)


def test_predictions_fit_the_split(small_data):
    predictions = load_predictions(
        small_data / 'prw.npz',
        'prw',
        small_data / 'PRW',
        protocols=['all', 'cross-camera'],
    )
    task = predictions.task
    assert list(task.protocols) == ['all', 'cross-camera']
    assert len(predictions.query_feats) == len(task.queries.img_ids)
    names = task.ground_truth.img_names
    assert predictions.detections.num_images == len(names)
    assert predictions.score_thr == DEFAULT_THR
    assert predictions.gt_feats is None


def test_all_protocols_of_cuhk_sysu(small_data):
    predictions = load_predictions(
        small_data / 'cuhk.npz', 'cuhk-sysu', small_data / 'CUHK-SYSU', ['all']
    )
    assert list(predictions.task.protocols) == ['G50', 'G100', 'full']


def test_threshold_of_the_file_and_of_the_user(small_data, tmp_path):
    arrays = dict(np.load(small_data / 'prw.npz'), score_thr=0.2)
    path = tmp_path / 'told.npz'
    np.savez(path, **arrays)
    assert score_thr_of(path) == 0.2
    split = dict(
        dataset='prw', data_root=small_data / 'PRW', protocols=['all']
    )
    assert load_predictions(path, **split).score_thr == 0.2
    assert load_predictions(path, **split, score_thr=0.7).score_thr == 0.7


def test_annotations_by_name_are_of_coco_alone(small_data):
    with pytest.raises(InputError, match='only coco takes a test_ann'):
        make_reader('prw', small_data / 'PRW', 'test.json')
