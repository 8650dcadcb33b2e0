"""Embedders as networks of MMDetection, against the embedders themselves."""

import numpy as np
import pytest
import torch
from colour_embedder import ColourEmbedder, draw_scene
from mmdet.structures import DetDataSample
from mmengine.config import Config
from mmengine.structures import InstanceData

from mmdmr.apis.embedder_detector import EmbedderDetector, replace_network
from mmdmr.errors import InputError

SCENES = [
    draw_scene([('red', (10, 10, 30, 60)), ('green', (60, 10, 90, 90))]),
    draw_scene([], (90, 200)),
    draw_scene([('blue', (5, 5, 25, 60))]),
]
#: Boxes of the queries and the annotated persons of each scene.
QUERIES = [[(10, 10, 30, 60)], [], None]
TRUTH = [[(60, 10, 90, 90), (10, 10, 30, 60)], [], [(5, 5, 25, 60)]]


class OnePass(ColourEmbedder):
    """Like a network that embeds detections and boxes in one pass."""

    def embed_with_boxes(self, image, boxes):
        return self.embed([image]), self.embed_boxes(image, boxes)


def instances(boxes):
    return InstanceData(bboxes=torch.tensor(boxes).float().reshape(-1, 4))


def batch():
    samples = []
    for i, scene in enumerate(SCENES):
        sample = DetDataSample(
            metainfo=dict(ori_shape=scene.shape[:2], img_path=f'{i}.png')
        )
        sample.gt_instances = instances(TRUTH[i])
        if QUERIES[i] is not None:
            sample.query_instances = instances(QUERIES[i])
        samples.append(sample)
    inputs = [torch.from_numpy(s).permute(2, 0, 1) for s in SCENES]
    return dict(inputs=inputs, data_samples=samples)


@pytest.mark.parametrize('kind', [ColourEmbedder, OnePass])
@pytest.mark.parametrize('gt', [False, True])
def test_results_are_those_of_the_embedder(kind, gt):
    embedder = kind()
    found = EmbedderDetector(embedder, embed_gt_boxes=gt).test_step(batch())
    assert len(found) == len(SCENES)
    for i, (sample, scene) in enumerate(zip(found, SCENES)):
        alone = embedder.embed([scene])
        persons = sample.pred_instances
        np.testing.assert_array_equal(persons.bboxes, alone.boxes)
        np.testing.assert_allclose(persons.scores, alone.scores)
        np.testing.assert_array_equal(persons.reid_feats, alone.feats)
        assert (persons.labels == 0).all()
        for boxes, field in (
            (QUERIES[i], 'query_instances'),
            (TRUTH[i] if gt else None, 'gt_instances'),
        ):
            if boxes is None:
                assert 'reid_feats' not in sample.get(field, {})
            else:
                np.testing.assert_array_equal(
                    sample.get(field).reid_feats,
                    embedder.embed_boxes(scene, boxes),
                )


def test_an_image_that_was_resized_is_refused():
    wrong = batch()
    wrong['inputs'][1] = wrong['inputs'][1][:, ::2, ::2]
    with pytest.raises(InputError, match=r'1\.png: .*resizes by itself'):
        EmbedderDetector(ColourEmbedder()).test_step(wrong)


def test_errors_name_the_image():
    wrong = batch()
    wrong['data_samples'][1].query_instances = instances([(-9, -9, 0, 0)])

    class Checked(ColourEmbedder):
        def embed_boxes(self, image, boxes):
            if (boxes < 0).any():
                raise InputError('a box outside')
            return super().embed_boxes(image, boxes)

    with pytest.raises(InputError, match='1.png: a box outside'):
        EmbedderDetector(Checked()).test_step(wrong)


def test_an_embedder_is_not_trained():
    model = EmbedderDetector(ColourEmbedder())
    with pytest.raises(InputError, match='not trained'):
        model(**batch(), mode='loss')


def config():
    def dataset():
        return dict(
            type='mmdmr.PRWDataset',
            pipeline=[
                dict(type='LoadImageFromFile'),
                dict(type='mmdet.Resize', scale=(100, 100)),
                dict(type='Pad', size_divisor=32),
                dict(type='mmdmr.PackPersonSearchInputs'),
            ],
        )

    return Config(
        dict(
            model=dict(type='mmdmr.DMRFasterRCNN', embed_gt_boxes=True),
            test_dataloader=dict(
                dataset=dict(
                    type='mmdmr.ConcatDataset', datasets=[dataset(), dataset()]
                )
            ),
        )
    )


def test_the_network_of_a_config_is_replaced():
    cfg = config()
    cfg.custom_imports = dict(imports=['mine'], allow_failed_imports=False)
    replace_network(cfg, 'anna.bundle', 0.3)
    assert cfg.model == dict(
        type='mmdmr.EmbedderDetector',
        embedder='anna.bundle',
        score_thr=0.3,
        embed_gt_boxes=True,
    )
    for dataset in cfg.test_dataloader.dataset.datasets:
        assert [step.type for step in dataset.pipeline] == [
            'LoadImageFromFile',
            'mmdmr.PackPersonSearchInputs',
        ]
    module = 'mmdmr.apis.embedder_detector'
    assert cfg.custom_imports.imports == ['mine', module]
    assert cfg.custom_imports.allow_failed_imports is False


def test_options_without_effect_are_refused():
    used = {'model.embed_gt_boxes': False, 'test_dataloader.batch_size': 1}
    replace_network(config(), 'anna.bundle', options=used)
    unused = {'model.test_cfg.rcnn.score_thr': 0.1}
    with pytest.raises(InputError, match='rcnn.score_thr: anna.bundle stands'):
        replace_network(config(), 'anna.bundle', options=unused)
