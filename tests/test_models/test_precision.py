"""Half precision is widened, and detectors train and search in it."""

import pytest
import torch
from mmdet.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from person_samples import PEOPLE, images, sample
from torch import nn

from mmdmr.models.precision import at_least_float32, widen_outputs

CONFIGS = [
    'dmrnet/dmrnet_faster-rcnn_r18_fpn_synthetic',
    'dmrnet/dmrnet_retinanet_r18_fpn-gn_synthetic-hard',
    'comparison/faster-rcnn_r18_fpn_synthetic-hard_coupled-oim',
]


@pytest.mark.parametrize('config', CONFIGS)
def test_detectors_train_and_search_in_bfloat16(config, request):
    init_default_scope('mmdet')
    cfg = Config.fromfile(
        request.config.rootpath / 'configs' / f'{config}.py'
    ).model
    cfg.reid_head.out_channels = 16
    torch.manual_seed(0)
    model = MODELS.build(cfg).train()
    if model.key_encoder is not None:
        model.key_encoder.update(model)
    batch = images(2), [sample(PEOPLE, [0, 1]), sample(PEOPLE, [0, -1])]
    with torch.autocast('cpu', dtype=torch.bfloat16):
        losses = model.loss(*batch)
    assert losses['loss_reid'].dtype == torch.float32
    total = sum(
        sum(v) if isinstance(v, list) else v
        for k, v in losses.items()
        if 'loss' in k
    )
    total.backward()
    assert total.isfinite()
    assert model.memory.commit() == 0
    model.eval()
    with torch.no_grad(), torch.autocast('cpu', dtype=torch.bfloat16):
        for result in model.predict(*batch):
            found = result.pred_instances.reid_feats
            assert found.dtype == torch.float32 and found.isfinite().all()
            assert result.gt_instances.reid_feats.shape == (2, 16)


@pytest.mark.parametrize(
    'dtype, expected',
    [
        (torch.float16, torch.float32),
        (torch.bfloat16, torch.float32),
        (torch.float32, torch.float32),
        (torch.float64, torch.float64),
        (torch.int16, torch.int16),
    ],
)
def test_half_precision_alone_is_widened(dtype, expected):
    assert at_least_float32(torch.ones(1, dtype=dtype)).dtype == expected


def test_outputs_are_widened_wherever_they_are():
    class Head(nn.Module):
        def forward(self, x):
            return [x], (x, x.double()), None, 3

    head = Head()
    widen_outputs(head)
    (first,), (second, third), none, number = head(torch.ones(1).half())
    assert first.dtype == second.dtype == torch.float32
    assert third.dtype == torch.float64
    assert none is None and number == 3
