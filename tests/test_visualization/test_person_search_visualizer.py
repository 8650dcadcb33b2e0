"""Identities in pictures."""

import numpy as np
import pytest
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData

from mmdmr.visualization import PersonSearchVisualizer
from mmdmr.visualization.palette import PERSONS, UNLABELLED


@pytest.fixture
def sample():
    sample = DetDataSample()
    sample.gt_instances = InstanceData(
        bboxes=np.array(
            [[10.0, 10.0, 60.0, 110.0], [90.0, 10.0, 140.0, 110.0]]
        ),
        labels=np.array([0, 0]),
        person_ids=np.array([1, -1]),
    )
    return sample


def texts_of(visualizer, sample, monkeypatch, **kwargs):
    texts = []
    monkeypatch.setattr(
        visualizer, 'draw_texts', lambda text, *args, **kw: texts.append(text)
    )
    visualizer.add_datasample(
        'x', np.zeros((120, 160, 3), np.uint8), sample, draw_pred=False
    )
    return texts


@pytest.mark.parametrize(
    'meta, texts',
    [
        (dict(person_id_names=('7', '932')), ['id 932', 'unlabelled']),
        (dict(), ['id 1', 'unlabelled']),
        ([dict(person_id_names=('7', '932')), dict()], ['id 1', 'unlabelled']),
    ],
)
def test_identities_are_named(sample, meta, texts, monkeypatch):
    visualizer = PersonSearchVisualizer()
    visualizer.dataset_meta = meta
    assert texts_of(visualizer, sample, monkeypatch) == texts


def test_colours_tell_persons_apart(sample, tmp_path):
    visualizer = PersonSearchVisualizer(alpha=1, line_width=4)
    visualizer.add_datasample(
        'x', np.zeros((120, 160, 3), np.uint8), sample, draw_pred=False
    )
    picture = visualizer.get_image().astype(int)
    for x, colour in ((60, PERSONS[1]), (140, UNLABELLED)):
        assert np.abs(picture[80, x] - colour).max() < 60


def test_labels_of_the_sample_stay(sample):
    visualizer = PersonSearchVisualizer()
    visualizer.add_datasample(
        'x', np.zeros((120, 160, 3), np.uint8), sample, draw_pred=False
    )
    assert sample.gt_instances.labels.tolist() == [0, 0]
    assert 'label_names' not in sample.gt_instances


def test_detections_keep_their_scores(sample, monkeypatch):
    visualizer = PersonSearchVisualizer()
    visualizer.dataset_meta = dict(classes=('person',))
    texts = []
    monkeypatch.setattr(
        visualizer, 'draw_texts', lambda text, *args, **kw: texts.append(text)
    )
    sample.pred_instances = InstanceData(
        bboxes=np.array([[10.0, 10.0, 60.0, 110.0]]),
        labels=np.array([0]),
        scores=np.array([0.75]),
    )
    visualizer.add_datasample(
        'x', np.zeros((120, 160, 3), np.uint8), sample, draw_gt=False
    )
    assert texts == ['person: 75.0']
