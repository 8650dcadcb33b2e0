"""The key pass leaves work out and gives the same numbers, bit for bit."""

import copy

import pytest
import torch
from mmdet.models.backbones import ResNet
from mmdet.models.necks import FPN
from mmdet.registry import MODELS
from mmengine.registry import init_default_scope

from mmdmr.config import load_config
from mmdmr.models.key_pass import backbone_maps, frozen_maps_kept, neck_maps


def twins(backbone):
    """A backbone in training and its average, which shares frozen weights."""
    init_default_scope('mmdet')
    torch.manual_seed(0)
    net = MODELS.build(backbone)
    net.train()
    average = copy.deepcopy(net)
    for key, query in zip(average.parameters(), net.parameters()):
        if query.requires_grad:
            key.data.mul_(1.01)
        else:
            key.data = query.data
    return net, average


def calls(module):
    """List that grows with each call of a module."""
    seen = []
    module.register_forward_hook(lambda *_: seen.append(True))
    return seen


def stem(backbone):
    return backbone.stem if backbone.deep_stem else backbone.conv1


IMAGES = torch.rand(2, 3, 64, 96, generator=torch.manual_seed(1))


@pytest.mark.parametrize(
    'change, num_shared',
    [
        (dict(frozen_stages=0), 0),
        (dict(frozen_stages=1), 1),
        (dict(frozen_stages=3, out_indices=(0, 1, 3)), 3),
        (dict(frozen_stages=4), 4),
        (dict(type='ResNetV1d', depth=50, frozen_stages=1), 1),
        (dict(type='Res2Net', depth=50, frozen_stages=2), 2),
        (dict(frozen_stages=1, norm_eval=False), 1),
    ],
    ids=str,
)
def test_frozen_stages_are_not_computed_again(change, num_shared):
    net, average = twins(dict(type='ResNet', depth=18) | change)
    expected = copy.deepcopy(average)(IMAGES)
    stem_calls = calls(stem(average))
    layers = [getattr(average, name) for name in average.res_layers]
    layer_calls = [calls(layer) for layer in layers]
    with frozen_maps_kept(net) as kept:
        net(IMAGES)
        found = backbone_maps(average, IMAGES, kept, net)
    assert len(found) == len(expected)
    assert all(map(torch.equal, found, expected))
    assert not stem_calls
    assert [len(c) for c in layer_calls] == [0] * num_shared + [1] * (
        4 - num_shared
    )
    assert not kept
    # Hooks do not pile up from iteration to iteration.
    assert not any(m._forward_hooks for m in net.modules())


def unfreeze(net, average):
    for parameter in net.layer1.parameters():
        parameter.requires_grad_(True)
    for key in average.layer1.parameters():
        key.data = key.data * 1.01


def learn_statistics(net, average):
    for backbone in (net, average):
        backbone.layer1.train()


@pytest.mark.parametrize(
    'change',
    [unfreeze, learn_statistics, None],
    ids=['unfrozen', 'statistics', 'no pass before'],
)
def test_other_maps_are_computed(change):
    net, average = twins(dict(type='ResNet', depth=18, frozen_stages=1))
    if change:
        change(net, average)
    expected = copy.deepcopy(average)(IMAGES)
    stem_calls = calls(average.conv1)
    with frozen_maps_kept(net) as kept:
        if change:
            net(IMAGES)
        found = backbone_maps(average, IMAGES, kept, net)
    assert len(stem_calls) == 1
    assert all(map(torch.equal, found, expected))


@pytest.mark.parametrize(
    'backbone',
    [
        dict(type='ResNet', depth=18),
        dict(type='MobileNetV2', frozen_stages=1),
        dict(type='RegNet', arch='regnetx_400mf', frozen_stages=1),
    ],
    ids=lambda cfg: cfg['type'],
)
def test_any_other_backbone_is_computed_whole(backbone):
    net, average = twins(backbone)
    expected = copy.deepcopy(average)(IMAGES)
    with frozen_maps_kept(net) as kept:
        net(IMAGES)
        assert not kept
        found = backbone_maps(average, IMAGES, kept, net)
    assert all(map(torch.equal, found, expected))


def test_the_hook_goes_also_after_an_error():
    net = ResNet(18, frozen_stages=1)
    with (
        pytest.raises(RuntimeError, match='channels'),
        frozen_maps_kept(net),
    ):
        net(torch.zeros(1, 4, 32, 32))
    assert not net.layer1._forward_hooks


MAPS = tuple(
    torch.rand(2, c, 64 // c, 96 // c, generator=torch.manual_seed(c))
    for c in (2, 4, 8, 16)
)


@pytest.mark.parametrize(
    'levels', [[1, 2, 3], [0], [2], [3], [4], [0, 4], [1]]
)
@pytest.mark.parametrize(
    'cfg',
    [
        dict(num_outs=5),
        dict(num_outs=6, norm_cfg=dict(type='GN', num_groups=2)),
        dict(start_level=1, num_outs=5, add_extra_convs='on_input'),
        dict(start_level=1, num_outs=5, add_extra_convs='on_output'),
        dict(
            num_outs=6,
            add_extra_convs='on_lateral',
            relu_before_extra_convs=True,
        ),
        dict(num_outs=5, upsample_cfg=dict(scale_factor=2, mode='nearest')),
    ],
    ids=str,
)
def test_pooled_levels_are_those_of_the_whole_neck(cfg, levels):
    torch.manual_seed(0)
    neck = FPN([2, 4, 8, 16], out_channels=4, **cfg).train()
    expected = neck(MAPS)
    before = copy.copy(neck.__dict__)
    found = neck_maps(neck, MAPS, levels)
    assert len(found) == len(expected)
    for level in levels:
        assert torch.equal(found[level], expected[level]), level
    # The neck itself is as it was.
    assert neck.__dict__ == before
    assert all(map(torch.equal, neck(MAPS), expected))


def test_levels_that_nobody_pools_are_not_made():
    neck = FPN([2, 4, 8, 16], 4, num_outs=5, add_extra_convs='on_output')
    seen = [calls(conv) for conv in neck.fpn_convs]
    lateral = [calls(conv) for conv in neck.lateral_convs]
    found = neck_maps(neck, MAPS, [1, 2, 3])
    assert [len(c) for c in seen] == [0, 1, 1, 1, 0]
    assert [len(c) for c in lateral] == [0, 1, 1, 1]
    assert [x is None for x in found] == [True, False, False, False, True]


def test_another_neck_makes_all_maps():
    init_default_scope('mmdet')
    for neck in (
        dict(type='PAFPN', num_outs=5),
        dict(type='ChannelMapper', num_outs=4, norm_cfg=None),
    ):
        neck = MODELS.build(
            neck | dict(in_channels=[2, 4, 8, 16], out_channels=4)
        )
        assert all(map(torch.equal, neck_maps(neck, MAPS, [1, 2]), neck(MAPS)))


NETWORKS = [
    'dmrnet_faster-rcnn_r50_fpn_1x_prw',
    'dmrnet_retinanet_r50_fpn-gn_1x_prw',
    'dmrnet_faster-rcnn_mobilenet-v2_fpn_prw-mini',
]
ROIS = torch.tensor([[0, 4.0, 4, 40, 60], [1, 10, 0, 90, 64]])


def network(name, **key_encoder):
    """A network whose average differs from the network."""
    init_default_scope('mmdet')
    cfg = load_config(name).model
    cfg.reid_head.out_channels = 32
    cfg.key_encoder.update(key_encoder)
    for part in (cfg.backbone, cfg.neck):
        part.pop('init_cfg', None)
    torch.manual_seed(0)
    model = MODELS.build(cfg).train()
    model.key_encoder.update(model)
    for key, query in model.key_encoder._pairs(model):
        if query.requires_grad:
            key.data.mul_(1.01)
    return model


def keys_of(model):
    """Keys of a step, and those of the pass of the whole average."""
    encoder = model.key_encoder
    with torch.no_grad(), frozen_maps_kept(model.backbone) as kept:
        model.extract_feat(IMAGES)
        found = model.encode_keys(IMAGES, ROIS, kept)
        whole = encoder.neck(encoder.backbone(IMAGES))
        return found, encoder.reid_head(whole, ROIS), len(kept)


@pytest.mark.parametrize('name', NETWORKS)
def test_keys_of_a_step_are_those_of_the_whole_pass(name):
    found, expected, num_kept = keys_of(network(name))
    assert num_kept == ('r50' in name)
    assert torch.equal(found, expected)


@pytest.mark.parametrize('name', NETWORKS)
def test_half_precision_keeps_the_keys_near(name):
    model = network(name, precision='bfloat16')
    found, expected, _ = keys_of(model)
    assert found.dtype == torch.float32
    assert not torch.equal(found, expected)
    assert (found * expected).sum(dim=1).min() > 0.999
