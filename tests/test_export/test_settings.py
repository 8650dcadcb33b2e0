"""Settings become data, or are refused by name."""

from copy import deepcopy

import pytest
from mmdet.models.data_preprocessors import DetDataPreprocessor
from mmengine.model import BaseDataPreprocessor
from mmengine.registry import MODELS, init_default_scope

from mmdmr.config import load_config
from mmdmr.errors import InputError
from mmdmr.export.settings import (
    describe_detector,
    describe_embedding,
    describe_input,
)
from mmdmr.inference.bundle_description import (
    AnchorPriors,
    BundleInput,
    DistanceCoder,
    PointPriors,
    RoiPooling,
)

STEPS = [
    dict(type='mmdet.LoadImageFromNDArray'),
    dict(type='Resize', scale=(1500, 900), keep_ratio=True),
    dict(type='mmdmr.LoadPersonSearchAnnotations'),
    dict(type='mmdmr.PackPersonSearchInputs'),
]


def build(name, change=None):
    cfg = load_config(name).model
    cfg.backbone.init_cfg = None
    if 'depth' in cfg.backbone and 'dino' not in name:
        cfg.backbone.depth = 18
        cfg.neck.in_channels = [64, 128, 256, 512]
    cfg.key_encoder = None
    if change:
        change(cfg)
    init_default_scope('mmdet')
    return MODELS.build(cfg)


def test_input():
    preprocessor = DetDataPreprocessor(
        [1, 2, 3], [4, 5, 6], bgr_to_rgb=True, pad_size_divisor=32
    )
    assert describe_input(STEPS, preprocessor) == BundleInput(
        (1500, 900), True, 'rgb', (1, 2, 3), (4, 5, 6), 32, 0.0
    )
    plain = describe_input(STEPS, DetDataPreprocessor())
    assert plain.colours == 'bgr' and plain.pad_divisor == 1
    assert (plain.mean, plain.std) == ((0,) * 3, (1,) * 3)
    stretched = [dict(type='Resize', scale=64)]
    assert describe_input(stretched, DetDataPreprocessor()).scale == (64, 64)


@pytest.mark.parametrize(
    'steps, message',
    [
        ([*STEPS, dict(type='mmdmr.LegacyBoxEnds')], 'step mmdmr.LegacyBox'),
        ([dict(type='Pad', size_divisor=32), *STEPS], 'has the step Pad'),
        ([STEPS[0]], 'resizes 0 times'),
        ([STEPS[1], STEPS[1]], 'resizes 2 times'),
        ([dict(STEPS[1], backend='pillow')], "backend='pillow', not 'cv2'"),
        ([dict(STEPS[1], interpolation='area')], "interpolation='area'"),
        ([dict(type='Resize', scale_factor=0.5)], 'setting scale_factor'),
        ([dict(type='Resize', scale=0.5)], 'scale=0.5, no pair'),
    ],
)
def test_pipelines_that_are_refused(steps, message):
    with pytest.raises(InputError, match=f'{message}.*config and checkpoint'):
        describe_input(steps, DetDataPreprocessor())
    with pytest.raises(InputError, match='is not DetDataPreprocessor'):
        describe_input(STEPS, BaseDataPreprocessor())


def test_detectors():
    detector = describe_detector(build('dmrnet_fcos_r50_fpn_1x_prw'))
    head = detector.head
    assert isinstance(head.priors, PointPriors) and head.priors.offset == 0.5
    assert head.coder == DistanceCoder(True) and len(head.centerness) == 5
    assert (head.nms_pre, head.score_thr, head.nms_thr) == (1000, 0.05, 0.5)
    network = build('dmrnet_faster-rcnn_r50_fpn_1x_prw')
    detector = describe_detector(network)
    assert isinstance(detector.proposals.priors, AnchorPriors)
    assert detector.proposals.priors.strides[1] == (8, 8)
    assert detector.proposals.groups == 'levels'
    assert detector.proposals.score_thr == -1
    assert detector.rois.coder.stds == pytest.approx((0.1, 0.1, 0.2, 0.2))
    assert describe_embedding(network) == RoiPooling(
        ('map1', 'map2', 'map3'), 56.0
    )


@pytest.mark.parametrize(
    'name, message',
    [
        ('dmrnet_reppoints_r50_fpn-gn_1x_prw', 'DMRRepPoints is none of DMRF'),
        ('faster-rcnn_r50_fpn_1x_prw_coupled-oim', 'CoupledFasterRCNN is'),
    ],
)
def test_detectors_that_are_refused(name, message):
    with pytest.raises(InputError, match=message):
        describe_detector(build(name))


def test_settings_that_are_refused():
    network = build('dmrnet_retinanet_r50_fpn-gn_1x_prw')
    head = network.bbox_head
    usual = deepcopy(head.test_cfg)
    for change, message in (
        (dict(nms=dict(type='soft_nms')), 'nms of the type soft_nms'),
        (dict(nms=dict(type='nms', iou_threshold=0.5, max_num=9)), 'max_num'),
        (dict(nms=None), 'test_cfg has no nms'),
        (dict(nms_pre=-1), 'nms_pre=-1'),
        (dict(nms_across_levels=True), 'setting nms_across_levels'),
    ):
        head.test_cfg = deepcopy(usual)
        head.test_cfg.update(change)
        with pytest.raises(InputError, match=message):
            describe_detector(network)
    head.test_cfg = usual
    head.bbox_coder.add_ctr_clamp = True
    with pytest.raises(InputError, match='add_ctr_clamp'):
        describe_detector(network)


def test_pooling_of_the_authors_is_refused():
    network = build(
        'dmrnet_retinanet_r50_fpn-gn_1x_prw',
        lambda cfg: cfg.reid_head.update(
            roi_extractor=dict(type='mmdmr.LegacyRoIExtractor')
        ),
    )
    with pytest.raises(InputError, match='LegacyRoIExtractor.*pools regions'):
        describe_embedding(network)
