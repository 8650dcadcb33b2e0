"""Weights alone are enough to search: no test set on disk."""

import mmcv
import numpy as np
import pytest
import torch
from mmdet.apis import DetInferencer, inference_detector, init_detector
from mmdet.registry import MODELS
from mmdet.utils import get_test_pipeline_cfg
from mmengine.config import Config
from mmengine.registry import init_default_scope

#: Searches and their kind of test set.
CONFIGS = [
    'dmrnet_faster-rcnn_r18_fpn_own-data',
    'dmrnet_faster-rcnn_r18_fpn_prw-mini',
    'dmrnet_retinanet_r18_fpn-gn_synthetic-hard',
    'dmrnet_faster-rcnn_r50_fpn_1x_cuhk-sysu-and-prw',
]


@pytest.fixture(params=CONFIGS)
def published(request, tmp_path, monkeypatch):
    """Config and weights, as a user gets them who has no data set."""
    (path,) = (request.config.rootpath / 'configs').rglob(
        f'{request.param}.py'
    )
    cfg = Config.fromfile(path)
    cfg.model.reid_head.out_channels = 16
    if 'r50' in request.param:
        cfg.model.backbone.update(depth=18, init_cfg=None)
        cfg.model.neck.in_channels = [64, 128, 256, 512]
    for step in get_test_pipeline_cfg(cfg):
        if step.type == 'Resize':
            step.scale = (160, 120)
    monkeypatch.chdir(tmp_path)
    cfg.dump('config.py')
    init_default_scope('mmdet')
    torch.manual_seed(0)
    model = MODELS.build(cfg.model)
    model.init_weights()
    meta = dict(
        dataset_meta=dict(classes=('person',), palette=[(220, 20, 60)])
    )
    torch.save(dict(meta=meta, state_dict=model.state_dict()), 'weights.pth')
    image = np.random.default_rng(0).integers(0, 255, (96, 128, 3))
    mmcv.imwrite(image.astype(np.uint8), 'picture.jpg')
    return 'config.py', 'weights.pth'


def check(sample):
    found = sample.pred_instances
    assert found.reid_feats.shape == (len(found), 16)
    if len(found):
        torch.testing.assert_close(
            found.reid_feats.norm(dim=1), torch.ones(len(found))
        )


def test_detector_and_inferencer(published):
    """Files and arrays, one and several."""
    model = init_detector(*published, device='cpu')
    image = mmcv.imread('picture.jpg')
    for sample in inference_detector(model, ['picture.jpg'] * 2):
        check(sample)
    # afterwards the model's pipeline takes arrays alone
    check(inference_detector(model, image))
    inferencer = DetInferencer(*published, device='cpu', show_progress=False)
    for inputs in (image, 'picture.jpg', ['picture.jpg', image]):
        found = inferencer(inputs, return_datasamples=True, out_dir='drawn')
        for sample in found['predictions']:
            check(sample)
