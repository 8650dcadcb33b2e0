"""Names in the checkpoints of DMRNet's detectors."""

from mmdet.registry import MODELS
from tiny_detectors import CONFIGS

from mmdmr import models


def test_checkpoint_names(model):
    """Names in a checkpoint are a contract."""
    keys = set(model.state_dict())
    assert {
        'reid_head.fc.weight',
        'reid_head.fc.bias',
        'memory.commits',
        'memory.labelled.keys',
        'memory.labelled.ids',
        'memory.labelled.written',
        'memory.labelled.pointer',
        'memory.labelled.fill',
        'memory.unlabelled.keys',
        'key_encoder.updates',
        'key_encoder.backbone.conv1.weight',
        'key_encoder.neck.fpn_convs.0.conv.weight',
        'key_encoder.reid_head.fc.weight',
    } <= keys
    assert {k.split('.')[0] for k in keys} == {
        'backbone',
        'neck',
        'rpn_head',
        'roi_head',
        'reid_head',
        'memory',
        'key_encoder',
    }


def test_stock_faster_rcnn_weights_load(model, tiny_config, tmp_path):
    cfg = tiny_config(tmp_path).model
    for name in ('reid_head', 'memory', 'key_encoder', 'embed_gt_boxes'):
        cfg.pop(name)
    stock = MODELS.build({**cfg, 'type': 'mmdet.FasterRCNN'})
    result = model.load_state_dict(stock.state_dict(), strict=False)
    assert not result.unexpected_keys
    # Memory and key encoder start anew and are not reported.
    assert {k.split('.')[0] for k in result.missing_keys} == {'reid_head'}


def test_every_detector_is_tested_at_a_small_size():
    """A new one is a row of ``CONFIGS``, and is then in all their tests."""
    detectors = {
        name
        for name, value in vars(models).items()
        if isinstance(value, type)
        and issubclass(value, models.PersonSearchMixin)
        and value is not models.PersonSearchMixin
    }
    assert set(CONFIGS) == detectors
