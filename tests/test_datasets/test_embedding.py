"""Boxes of a test set embedded by a function of pixels."""

import numpy as np
import pytest
from cuhk_sysu_samples import read_cuhk_sysu

from mmdmr.datasets.embedding import embed_test_set
from mmdmr.errors import InputError
from mmdmr.structures import Detections


@pytest.fixture
def dataset(small_data):
    return read_cuhk_sysu(small_data / 'CUHK-SYSU', test_mode=True)


def corners(img, boxes):
    """Embeddings that tell which box they are of."""
    return np.asarray(boxes, float).reshape(-1, 4) + 1000 * len(img)


def test_each_box_gets_its_own_embedding(dataset):
    task = dataset.metainfo['search_task']
    truth = task.ground_truth
    counts = [2] * len(truth.boxes)
    boxes = np.arange(8.0 * len(counts)).reshape(-1, 4)
    detections = Detections.from_counts(
        boxes, np.ones(len(boxes)), np.ones((len(boxes), 1)), counts
    )
    gt_feats, query_feats, feats = embed_test_set(dataset, detections, corners)
    assert np.array_equal(gt_feats % 1000, np.concatenate(truth.boxes) % 1000)
    assert np.allclose(query_feats % 1000, task.queries.boxes % 1000)
    assert np.array_equal(feats % 1000, boxes % 1000)


def test_without_detections_there_are_no_embeddings_of_any(dataset):
    assert embed_test_set(dataset, None, corners)[2].size == 0


def test_an_unreadable_image_is_named(dataset, tmp_path, monkeypatch):
    path = tmp_path / 'broken.jpg'
    path.write_text('hello')
    info = dataset.get_data_info
    monkeypatch.setattr(
        dataset, 'get_data_info', lambda i: dict(info(i), img_path=str(path))
    )
    with pytest.raises(InputError, match='broken.jpg: this is no image'):
        embed_test_set(dataset, None, corners)
