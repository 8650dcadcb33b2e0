"""The coupled baselines: identification from the features of detection."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from person_samples import PEOPLE, images, sample

CONFIGS = Path(__file__).parents[2] / 'configs/comparison'


def build(detector, **changes):
    init_default_scope('mmdet')
    torch.manual_seed(0)
    path = CONFIGS / f'{detector}_synthetic-hard_coupled-oim.py'
    model = MODELS.build({**Config.fromfile(path).model, **changes})
    model.init_weights()
    return model.train()


@pytest.mark.parametrize(
    'detector, shared',
    [
        ('faster-rcnn_r18_fpn', 'roi_head.bbox_head.shared_fcs'),
        ('retinanet_r18_fpn-gn', 'bbox_head.cls_convs'),
    ],
)
def test_identification_trains_what_detection_uses(detector, shared):
    model = build(detector)
    # against an empty table nothing has a gradient
    model.memory.table.normal_()
    losses = model.loss(images(1), [sample(PEOPLE, [0, 1])])
    losses['loss_reid'].backward()
    module = model.get_submodule(shared)
    assert all(p.grad.any() for n, p in module.named_parameters())


def test_sampled_proposals_carry_the_identity_of_their_person():
    model = build('faster-rcnn_r18_fpn')
    batch = [sample(PEOPLE, [4, -1]), sample(PEOPLE[:1], [7])]
    seen = {}
    stage = model.memory.stage
    model.memory.stage = lambda keys, ids: (
        seen.update(keys=keys, ids=ids),
        stage(keys, ids),
    )
    model.loss(images(2), batch)
    # the ground-truth boxes themselves are among the samples
    assert {4, -1, 7} == set(seen['ids'].tolist())
    assert len(seen['keys']) == len(seen['ids'])
    assert model.roi_head.pop_sampling_results() == []


def test_regions_are_matched_in_each_image():
    model = build('faster-rcnn_r18_fpn')
    batch = [sample(PEOPLE, [4, 5]), sample(PEOPLE[:1], [7])]
    model.roi_head.pop_sampling_results = lambda: [
        Sampled([[60, 5, 100, 90], [11, 10, 40, 80]], [1, 0]),
        Sampled([[10, 12, 40, 80]], [0]),
    ]
    rois, ids = model.reid_targets(batch)
    assert ids.tolist() == [5, 4, 7]
    assert rois[:, 0].tolist() == [0, 0, 1]
    assert rois[1, 1:].tolist() == [11, 10, 40, 80]


class Sampled:
    """What a sampler returns, as far as it is used."""

    def __init__(self, boxes, gt_inds):
        self.pos_priors = torch.tensor(boxes, dtype=torch.float)
        self.pos_assigned_gt_inds = torch.tensor(gt_inds)


def test_shared_features_are_those_of_the_box_head():
    """The class scores follow from them by the last layer."""
    model = build('faster-rcnn_r18_fpn').eval()
    rois = torch.tensor([[0, 10, 10, 40, 80.0], [0, 60, 5, 100, 90.0]])
    with torch.no_grad():
        feats = model.extract_feat(images(1))
        shared = model.roi_head.region_feats(feats, rois)
        scores = model.roi_head._bbox_forward(feats, rois)['cls_score']
        torch.testing.assert_close(
            model.roi_head.bbox_head.fc_cls(shared), scores
        )
        embeddings = model.embed(feats, rois)
    torch.testing.assert_close(embeddings.norm(dim=1), torch.ones(2))


def test_a_key_encoder_is_refused():
    with pytest.raises(ValueError, match='key_encoder=None'):
        build('faster-rcnn_r18_fpn', key_encoder=dict(type='mmdmr.KeyEncoder'))


def test_sampling_results_are_dropped_also_after_an_error(monkeypatch):
    model = build('faster-rcnn_r18_fpn')

    def fail(*args, **kwargs):
        raise FloatingPointError

    monkeypatch.setattr(model.roi_head.bbox_head, 'loss_and_target', fail)
    with pytest.raises(FloatingPointError):
        model.loss(images(1), [sample(PEOPLE, [0, 1])])
    assert model.roi_head.pop_sampling_results() == []
