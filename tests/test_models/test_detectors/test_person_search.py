"""The mixin: losses, predictions, and feature maps that do not fit."""

import copy

import pytest
import torch
from mmdet.registry import MODELS
from mmengine.registry import MODELS as MMENGINE_MODELS
from mmengine.registry import init_default_scope
from person_samples import PEOPLE, images, sample
from torch import nn


def total(losses):
    return sum(
        sum(v) if isinstance(v, list) else v
        for k, v in losses.items()
        if 'loss' in k
    )


def test_loss_reaches_backbone_and_not_the_key_encoder(model):
    model.train()
    losses = model.loss(
        images(2), [sample(PEOPLE, [0, 1]), sample(PEOPLE, [0, -1])]
    )
    model.zero_grad()
    losses['loss_reid'].backward()
    assert model.backbone.conv1.weight.grad.abs().sum() > 0
    assert model.reid_head.fc.weight.grad.abs().sum() > 0
    assert all(p.grad is None for p in model.rpn_head.parameters())
    assert all(p.grad is None for p in model.key_encoder.parameters())


@pytest.mark.parametrize(
    'people',
    [
        ([(PEOPLE, [-1, -1]), (PEOPLE, [-1, -1])], 4),
        ([(PEOPLE, [-1, -1]), ([], [])], 2),
        ([([], []), ([], [])], 0),
    ],
    ids=['unlabelled', 'one-empty-image', 'no-person'],
)
def test_batch_without_labelled_person(model, people):
    model.train()
    batch, num_unlabelled = people
    losses = model.loss(images(2), [sample(*p) for p in batch])
    assert losses['loss_reid'].item() == 0
    total(losses).backward()
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            assert parameter.grad.isfinite().all(), name
    model.memory.commit()
    assert model.memory.unlabelled.fill == num_unlabelled
    assert model.memory.labelled.fill == 0


def test_maps_are_dropped_also_after_an_error(model):
    model.train()
    with pytest.raises(AttributeError):
        model.loss(images(1), [sample(PEOPLE, [0, 1]).gt_instances])
    model.loss(images(1), [sample(PEOPLE, [0, 1])])
    assert model._feats is None
    copy.deepcopy(model)


def test_one_backbone_pass_an_image(model):
    calls = []
    model.backbone.register_forward_hook(lambda *args: calls.append(1))
    model.train()
    model.loss(images(1), [sample(PEOPLE, [0, 1])])
    model.eval()
    with torch.no_grad():
        model.predict(images(1), [sample(PEOPLE, [0, 1], PEOPLE[:1])])
    assert len(calls) == 2


def test_predict_embeds_detections_queries_and_ground_truth(model):
    model.eval()
    with torch.no_grad():
        result, without = model.predict(
            images(2), [sample(PEOPLE, [0, 1], PEOPLE[1:]), sample([], [])]
        )
    feats = result.pred_instances.reid_feats
    assert feats.shape == (len(result.pred_instances.bboxes), 32)
    torch.testing.assert_close(feats.norm(dim=1), torch.ones(len(feats)))
    # the query is the second ground-truth box
    torch.testing.assert_close(
        result.query_instances.reid_feats, result.gt_instances.reid_feats[1:]
    )
    assert 'query_instances' not in without
    assert without.gt_instances.reid_feats.shape == (0, 32)


def test_query_boxes_are_in_pixels_of_the_original_image(model):
    model.eval()
    half = [[v / 2 for v in box] for box in PEOPLE]
    with torch.no_grad():
        (whole,) = model.predict(images(1), [sample(PEOPLE, [0, 1], PEOPLE)])
        (scaled,) = model.predict(
            images(1), [sample(half, [0, 1], half, scale=2.0)]
        )
    torch.testing.assert_close(
        scaled.query_instances.reid_feats, whole.query_instances.reid_feats
    )
    torch.testing.assert_close(
        scaled.pred_instances.bboxes * 2, whole.pred_instances.bboxes
    )
    torch.testing.assert_close(
        scaled.pred_instances.reid_feats,
        whole.pred_instances.reid_feats,
        atol=1e-4,
        rtol=1e-4,
    )


def test_unsure_detections_are_dropped_before_they_are_embedded(model):
    model.eval()
    passed = []
    embed = model.embed
    model.embed = lambda maps, rois: passed.append(rois) or embed(maps, rois)
    given = [sample(PEOPLE, [0, 1], PEOPLE), sample([], [])]
    with torch.no_grad():
        full = model.predict(images(2), copy.deepcopy(given))
        scores = full[0].pred_instances.scores
        # A detection at the threshold is kept.
        model.embed_score_thr = scores.sort().values[len(scores) // 2].item()
        few = model.predict(images(2), given)
    left = 0
    for whole, part in zip(full, few):
        whole, part = whole.pred_instances, part.pred_instances
        keep = whole.scores >= model.embed_score_thr
        left += int(keep.sum())
        for field in ('bboxes', 'scores', 'labels'):
            assert torch.equal(part[field], whole[field][keep])
        torch.testing.assert_close(part.reid_feats, whole.reid_feats[keep])
    assert 0 < left < len(scores)
    # Detections, and the annotated boxes: queries and ground truth.
    assert [len(rois) for rois in passed] == [
        sum(len(r.pred_instances) for r in full) + 4,
        left + 4,
    ]
    torch.testing.assert_close(
        few[0].query_instances.reid_feats, full[0].query_instances.reid_feats
    )


def test_image_without_detections(model):
    model.eval()
    model.roi_head.test_cfg.score_thr = 1.0
    with torch.no_grad():
        (result,) = model.predict(images(1), [sample(PEOPLE, [0, 1])])
    assert result.pred_instances.reid_feats.shape == (0, 32)


def test_keys_of_a_network_nobody_trains_are_refused(model):
    model.key_encoder.reset()
    with pytest.raises(RuntimeError, match='EMAEncoderHook'):
        model.loss(images(1), [sample(PEOPLE, [0, 1])])
    assert model._feats is None


def test_without_key_encoder_keys_are_the_embeddings(tiny_config, tmp_path):
    init_default_scope('mmdet')
    cfg = tiny_config(tmp_path).model
    cfg.key_encoder = None
    model = MODELS.build(cfg).train()
    losses = model.loss(images(1), [sample(PEOPLE, [0, 1])])
    model.memory.commit()
    assert not any('key_encoder' in name for name in model.state_dict())
    rois, ids = model.reid_targets([sample(PEOPLE, [0, 1])])
    with torch.no_grad():
        embeddings = model.embed(model.extract_feat(images(1)), rois)
    torch.testing.assert_close(
        model.memory.labelled.keys[:2], embeddings, atol=1e-3, rtol=0
    )
    losses['loss_reid'].backward()
    assert model.backbone.conv1.weight.grad.any()


@MMENGINE_MODELS.register_module()
class UnevenNeck(nn.Module):
    """A neck like that of SSD: each map has a width of its own."""

    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(
            nn.Conv2d(c, 2 * c, 1) for c in (16, 32, 64, 128)
        )

    def forward(self, maps):
        return [conv(x) for conv, x in zip(self.convs, maps)]


@pytest.mark.parametrize(
    'part,changes,message',
    [
        ('neck', None, 'has no neck'),
        (
            'neck',
            dict(_delete_=True, type='mmengine.UnevenNeck'),
            r'strides \(4, 8, 16, 32\), but reid_head.in_strides',
        ),
        (
            'reid_head',
            dict(in_strides=[8, 16, 32, 64, 128]),
            r'strides \(4, 8, 16, 32, 64\), but .*\(8, 16, 32, 64, 128\)',
        ),
        (
            'reid_head',
            dict(in_channels=32),
            r'\[64, 64, 64\] channels, but .*in_channels is 32',
        ),
    ],
)
def test_maps_that_do_not_fit_are_said_when_built(
    tiny_config, tmp_path, part, changes, message
):
    init_default_scope('mmdet')
    cfg = tiny_config(tmp_path)
    cfg.merge_from_dict({f'model.{part}': changes})
    with pytest.raises(ValueError, match=message):
        MODELS.build(cfg.model)


def test_maps_of_unequal_width(tiny_config, tmp_path):
    init_default_scope('mmdet')
    cfg = tiny_config(tmp_path)
    cfg.model.neck = dict(type='mmengine.UnevenNeck')
    cfg.model.reid_head.in_strides = [4, 8, 16, 32]
    with pytest.raises(ValueError, match=r'\[64, 128, 256\] channels'):
        MODELS.build(cfg.model)
    # one of them alone is as good as any
    cfg.model.reid_head.update(featmap_strides=[16], in_channels=128)
    assert MODELS.build(cfg.model).reid_head.fc.in_features == 128 * 49
