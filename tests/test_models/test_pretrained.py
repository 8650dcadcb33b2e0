"""Weights that MMDetection trained on COCO load into every detector."""

import re
from pathlib import Path

import pytest
import torch
from mmdet.registry import MODELS
from mmengine.config import Config
from mmengine.hub import get_config
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint

CONFIGS = Path(__file__).parents[2] / 'configs/dmrnet'
#: Config, MMDetection's, and what of it must not arrive: layers for its 80
#: classes, and biases where ours has group normalisation in the FPN.
DETECTORS = {
    'faster-rcnn_r50_fpn': (
        'faster_rcnn/faster-rcnn_r50_fpn_1x_coco.py',
        r'roi_head\.bbox_head\.fc_(cls|reg)\..*',
    ),
    'reppoints_r50_fpn-gn': (
        'reppoints/reppoints-moment_r50_fpn-gn_head-gn_1x_coco.py',
        r'bbox_head\.reppoints_cls_out\..*',
    ),
    'retinanet_r50_fpn-gn': (
        'retinanet/retinanet_r50_fpn_1x_coco.py',
        r'bbox_head\.retina_cls\..*|neck\..*\.conv\.bias',
    ),
    'fcos_r50_fpn': (
        'fcos/fcos_r50-caffe_fpn_gn-head_1x_coco.py',
        r'bbox_head\.conv_cls\..*',
    ),
    'atss_r50_fpn': (
        'atss/atss_r50_fpn_1x_coco.py',
        r'bbox_head\.atss_cls\..*',
    ),
    'dino_r50': (
        'dino/dino-4scale_r50_8xb2-12e_coco.py',
        r'bbox_head\.cls_branches\..*|dn_query_generator\.label_embed.*',
    ),
}


def build(cfg):
    cfg.backbone.init_cfg = None
    cfg.pop('data_preprocessor')
    return MODELS.build(cfg)


@pytest.fixture(params=DETECTORS)
def pair(request):
    """MMDetection's detector, ours with short embeddings, and a pattern."""
    init_default_scope('mmdet')
    stock, pattern = DETECTORS[request.param]
    (path,) = CONFIGS.glob(f'dmrnet_{request.param}_?x_cuhk-sysu.py')
    cfg = Config.fromfile(path).model
    cfg.reid_head.out_channels = 8
    cfg.memory.update(num_labelled=4, num_unlabelled=4)
    stock = build(get_config(f'mmdet::{stock}').model)
    return stock, build(cfg), re.compile(pattern)


def test_all_but_the_classes_arrives(pair, tmp_path):
    stock, ours, exempt = pair
    for value in stock.state_dict().values():
        value.copy_(torch.randn(value.shape))  # differs from any default
    torch.save(stock.state_dict(), tmp_path / 'coco.pth')
    before = {k: v.clone() for k, v in ours.state_dict().items()}
    load_checkpoint(ours, str(tmp_path / 'coco.pth'), strict=False)
    (tmp_path / 'coco.pth').unlink()
    after, coco = ours.state_dict(), stock.state_dict()
    lost = [
        name
        for name, value in coco.items()
        if not (name in after and torch.equal(after[name], value))
    ]
    assert lost and all(exempt.fullmatch(name) for name in lost)
    assert [name for name in coco if exempt.fullmatch(name)] == lost
    # what COCO knows nothing of stays as it was
    ours_alone = ('reid_head.', 'memory.', 'key_encoder.')
    for name in after:
        if name.startswith(ours_alone):
            assert torch.equal(after[name], before[name]), name
        else:
            assert name in coco or '.gn.' in name, name
