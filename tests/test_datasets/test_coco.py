"""A user's own data as a data set."""

import json

import numpy as np
import pytest
from mmengine.registry import init_default_scope
from PIL import Image

from mmdmr.errors import InputError
from mmdmr.evaluation.functional import score_detection
from mmdmr.registry import DATASETS
from mmdmr.structures import Detections

PIPELINE = [
    dict(type='LoadImageFromFile'),
    dict(type='mmdmr.LoadPersonSearchAnnotations'),
    dict(type='mmdmr.PackPersonSearchInputs'),
]


@pytest.fixture
def root(tmp_path):
    init_default_scope('mmdet')
    (tmp_path / 'images').mkdir()
    (tmp_path / 'annotations').mkdir()
    for name in 'abc':
        Image.new('RGB', (64, 48)).save(tmp_path / f'images/{name}.png')
    content = dict(
        images=[
            dict(id=1, file_name='a.png'),
            dict(id=2, file_name='b.png'),
            dict(id=3, file_name='c.png', gallery=False),
        ],
        annotations=[
            dict(id=1, image_id=1, bbox=[1, 2, 10, 20], person_id=4),
            dict(id=2, image_id=1, bbox=[20, 2, 30, 40], iscrowd=1),
            dict(id=3, image_id=2, bbox=[1, 2, 10, 20], person_id=4),
            dict(id=4, image_id=3, bbox=[0, 0, 64, 48], person_id=4),
        ],
        queries=[dict(annotation_id=4)],
    )
    for split in ('train', 'test'):
        (tmp_path / f'annotations/{split}.json').write_text(
            json.dumps(content)
        )
    return tmp_path


def build(root, **kwargs):
    return DATASETS.build(
        dict(
            type='mmdmr.CocoPersonSearchDataset',
            data_root=str(root),
            pipeline=PIPELINE,
            **kwargs,
        )
    )


def test_training_images(root):
    dataset = build(root)
    assert dataset.ann_file.endswith('annotations/train.json')
    packed = dataset[0]['data_samples']
    assert packed.gt_instances.person_ids.tolist() == [0]
    # A crowd is neither a person nor background.
    assert packed.ignored_instances.bboxes.tensor.tolist() == [[20, 2, 50, 42]]


def test_relative_data_root(root, monkeypatch):
    monkeypatch.chdir(root.parent)
    dataset = build(root.name, ann_file='annotations/test.json')
    assert len(dataset) == 3


def test_query_outside_the_gallery_is_embedded_in_its_own_pass(root):
    dataset = build(root, test_mode=True)
    assert [
        len(sample['data_samples'].query_instances) for sample in dataset
    ] == [0, 0, 1]
    task = dataset.metainfo['search_task']
    assert [list(g) for g in task.protocols['all'].galleries] == [[0, 1]]


def test_images_outside_the_gallery_are_no_detections(root):
    truth = build(root, test_mode=True).metainfo['search_task'].ground_truth
    found = Detections(
        boxes=np.array([[1.0, 2.0, 11.0, 22.0], [0.0, 0.0, 64.0, 48.0]]),
        scores=np.array([0.6, 0.9]),
        feats=np.eye(2),
        offsets=np.array([0, 1, 1, 2]),
    )
    # One of two persons is found; the detection in image 2 does not count.
    assert score_detection(found, truth) == dict(recall=0.5, ap=0.5)


def test_camera_protocols_need_cameras(root):
    with pytest.raises(ValueError, match="'cross-camera'.*available.*: all"):
        build(root, test_mode=True, protocols=['cross-camera'])


def test_missing_images_are_counted_and_one_is_named(root):
    (root / 'images/b.png').unlink()
    (root / 'images/c.png').unlink()
    with pytest.raises(FileNotFoundError, match='2 of 3 images .*b.png first'):
        build(root)


def test_images_in_another_storage_are_not_looked_for(root):
    (root / 'images/b.png').unlink()
    assert len(build(root, backend_args=dict(backend='petrel'))) == 3


@pytest.mark.parametrize('test_mode', [False, True])
@pytest.mark.parametrize('name', ['../../a.png', '/etc/a.png'])
def test_an_image_outside_of_the_data_set(root, test_mode, name):
    for split in ('train', 'test'):
        path = root / f'annotations/{split}.json'
        content = json.loads(path.read_text())
        content['images'][1]['file_name'] = name
        path.write_text(json.dumps(content))
    with pytest.raises(InputError, match='json: image 1 .*leads out of'):
        build(root, test_mode=test_mode)
