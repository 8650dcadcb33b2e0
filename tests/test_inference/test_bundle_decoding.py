"""NumPy decoders against MMDetection's heads, on random outputs."""

import numpy as np
import pytest
import torch
from mmdet.registry import MODELS
from mmengine.config import ConfigDict
from mmengine.registry import init_default_scope

from mmdmr.export.settings import dense_head, roi_head
from mmdmr.inference.bundle_decoding import decode_dense, decode_rois
from mmdmr.inference.bundle_preprocessing import Resized

SHAPES = [(24, 32), (12, 16), (6, 8)]
STRIDES = [8, 16, 32]
#: A network's input of 250 x 190 pixels, filled; the image is larger.
RESIZED = Resized((250, 190), (256, 192), np.array([0.5, 0.475]))
META = dict(
    img_shape=RESIZED.size[::-1], scale_factor=tuple(RESIZED.scale.tolist())
)
ANCHORS = dict(
    type='AnchorGenerator',
    scales=[4, 6],
    ratios=[0.5, 1.0],
    strides=STRIDES,
)
CODER = dict(
    type='DeltaXYWHBBoxCoder',
    target_means=[0.0, 0.1, 0, 0],
    target_stds=[0.1, 0.1, 0.2, 0.2],
)
HEADS = dict(
    RPNHead=dict(anchor_generator=ANCHORS, bbox_coder=CODER),
    RetinaHead=dict(anchor_generator=ANCHORS, bbox_coder=CODER),
    ATSSHead=dict(
        anchor_generator=dict(
            type='AnchorGenerator', scales=[8], ratios=[1.0], strides=STRIDES
        ),
        bbox_coder=CODER,
    ),
    FCOSHead=dict(strides=STRIDES, regress_ranges=[(0, 64)] * 3),
)
TEST_CFG = dict(
    nms_pre=200, max_per_img=50, nms=dict(type='nms', iou_threshold=0.5)
)


def build(kind, classes, **test_cfg):
    init_default_scope('mmdet')
    cfg = dict(HEADS[kind], type=kind, in_channels=32, feat_channels=32)
    if kind != 'RPNHead':
        cfg.update(num_classes=classes)
    return MODELS.build(dict(cfg, test_cfg=ConfigDict(TEST_CFG, **test_cfg)))


def random_outputs(head, classes, seed=0):
    """Logits and codes of an image, of two images in a batch."""
    rng = np.random.default_rng(seed)
    priors = head.prior_generator.num_base_priors[0]
    anchor_free = type(head).__name__ == 'FCOSHead'
    kinds = []
    for channels in (priors * classes, priors * 4, priors)[
        : 3 if type(head).__name__ in ('ATSSHead', 'FCOSHead') else 2
    ]:
        kind = [
            rng.normal(0, 2, (2, channels, *shape)).astype(np.float32)
            for shape in SHAPES
        ]
        if anchor_free and channels == priors * 4:
            kind = [np.abs(array) * 20 for array in kind]
        kinds.append(kind)
    return kinds


@pytest.mark.parametrize(
    'kind, classes, test_cfg',
    [
        ('RPNHead', 1, dict(min_bbox_size=0)),
        ('RPNHead', 1, dict(nms_pre=-1, min_bbox_size=20)),
        ('RetinaHead', 1, dict(score_thr=0.3, min_bbox_size=0)),
        ('RetinaHead', 2, dict(score_thr=0.8)),
        (
            'RetinaHead',
            2,
            dict(nms=dict(iou_threshold=0.5, class_agnostic=True)),
        ),
        ('ATSSHead', 2, dict(score_thr=0.05, min_bbox_size=30)),
        ('FCOSHead', 1, dict(score_thr=0.05)),
        ('FCOSHead', 2, dict(max_per_img=1000)),
        ('FCOSHead', 1, dict(score_thr=0.99999)),
    ],
)
def test_same_as_dense_heads(kind, classes, test_cfg):
    head = build(kind, classes, **test_cfg)
    kinds = random_outputs(head, classes)
    is_rpn = kind == 'RPNHead'
    expected = head.predict_by_feat(
        *[[torch.tensor(array) for array in k] for k in kinds],
        batch_img_metas=[META] * 2,
        rescale=not is_rpn,
        **(dict(cfg=None) if is_rpn else {}),
    )
    settings = dense_head(head, 'levels' if is_rpn else 'classes')
    for i in range(2):
        outputs = [array[i] for k in kinds for array in k]
        boxes, scores = decode_dense(outputs, settings, RESIZED)
        assert boxes.dtype == scores.dtype == np.float32
        np.testing.assert_allclose(scores, expected[i].scores, rtol=1e-5)
        np.testing.assert_allclose(
            boxes, expected[i].bboxes.reshape(-1, 4), rtol=1e-4, atol=1e-3
        )
        if not is_rpn:
            # A higher threshold drops detections and changes none.
            some = decode_dense(outputs, settings, RESIZED, 0.9)
            num = int((scores >= 0.9).sum())
            np.testing.assert_array_equal(some.boxes, boxes[:num])


@pytest.mark.parametrize(
    'classes, agnostic', [(1, False), (3, False), (3, True)]
)
def test_same_as_the_second_stage(classes, agnostic):
    init_default_scope('mmdet')
    cfg = ConfigDict(
        score_thr=0.2,
        max_per_img=40,
        nms=dict(type='nms', iou_threshold=0.4),
    )
    head = MODELS.build(
        dict(
            type='StandardRoIHead',
            bbox_roi_extractor=dict(
                type='SingleRoIExtractor',
                roi_layer=dict(
                    type='RoIAlign', output_size=7, sampling_ratio=0
                ),
                out_channels=8,
                featmap_strides=[4, 8],
            ),
            bbox_head=dict(
                type='Shared2FCBBoxHead',
                in_channels=8,
                fc_out_channels=8,
                num_classes=classes,
                reg_class_agnostic=agnostic,
                bbox_coder=CODER,
            ),
            test_cfg=cfg,
        )
    )
    rng = np.random.default_rng(0)
    starts, sides = rng.random((200, 2)) * 150, rng.random((200, 2)) * 90
    proposals = np.concatenate([starts, starts + sides], 1).astype(np.float32)
    # The last proposals lie outside: their boxes have no area.
    proposals[-20:] += 400
    scores = rng.normal(0, 2, (200, classes + 1)).astype(np.float32)
    codes = rng.normal(0, 1, (200, 4 if agnostic else 4 * classes)).astype(
        np.float32
    )
    # Sides beyond the least and the greatest ratio.
    codes[::5] *= 30
    (expected,) = head.bbox_head.predict_by_feat(
        rois=[torch.cat([torch.zeros(200, 1), torch.tensor(proposals)], 1)],
        cls_scores=[torch.tensor(scores)],
        bbox_preds=[torch.tensor(codes)],
        batch_img_metas=[META],
        rcnn_test_cfg=cfg,
        rescale=True,
    )
    settings = roi_head(head)
    found = decode_rois(scores, codes, proposals, settings, RESIZED)
    assert len(found.boxes) > 10
    np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-5)
    np.testing.assert_allclose(
        found.boxes, expected.bboxes, rtol=1e-5, atol=1e-3
    )
    none = decode_rois(scores[:0], codes[:0], proposals[:0], settings, RESIZED)
    assert none.boxes.shape == (0, 4) and none.scores.shape == (0,)


def test_sure_logits_are_no_errors():
    """exp overflows: a score is 0 or 1, without a warning."""
    head = build('FCOSHead', 1)
    outputs = [array[0] for k in random_outputs(head, 1) for array in k]
    outputs[0][:] = -1e4
    outputs[1][:] = 1e4
    with np.errstate(all='raise', under='ignore'):
        found = decode_dense(outputs, dense_head(head, 'classes'), RESIZED)
    assert np.isfinite(found.boxes).all() and (found.scores >= 0).all()
