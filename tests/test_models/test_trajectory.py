"""The Runner's training beside a restatement in plain PyTorch."""

import copy

import pytest
import torch
from mmcv.ops import batched_nms
from mmdet.models.dense_heads import rpn_head
from mmengine.hooks import Hook
from mmengine.registry import MODELS
from mmengine.runner import Runner
from plain_dmrnet import PlainDMRNet
from torch import nn

NUM_ITERS = 20


class Recorder(Hook):
    """Keeps batches, initial weights and re-ID losses; fixes sampling."""

    priority = 'VERY_HIGH'

    def __init__(self):
        self.batches, self.losses = [], []

    def before_train(self, runner):
        self.initial = copy.deepcopy(runner.model.state_dict())

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        self.batches.append(copy.deepcopy(data_batch))
        torch.manual_seed(batch_idx)

    def after_train_iter(self, runner, batch_idx, data_batch, outputs):
        self.losses.append(outputs['loss_reid'].item())


def plain_run(cfg, initial, batches):
    """Train the restatement; returns it and its re-ID losses."""
    model_cfg = copy.deepcopy(cfg.model)
    sizes = {
        k: model_cfg.pop(k) for k in ('reid_head', 'memory', 'key_encoder')
    }
    model_cfg.pop('embed_gt_boxes')
    net = MODELS.build({**model_cfg, 'type': 'mmdet.FasterRCNN'})
    net.double().train()
    fc = nn.Linear(
        sizes['reid_head'].in_channels * 49, sizes['reid_head'].out_channels
    ).double()
    net.load_state_dict({k: initial[k] for k in net.state_dict()})
    fc.load_state_dict(
        {k: initial[f'reid_head.fc.{k}'] for k in ('weight', 'bias')}
    )
    plain = PlainDMRNet(
        net,
        fc,
        copy.deepcopy(net),
        copy.deepcopy(fc),
        sizes['memory'].num_labelled,
        sizes['memory'].num_unlabelled,
        sizes['key_encoder'].momentum,
        sizes['reid_head'].loss_reid.scale,
    )
    optimizer = torch.optim.SGD(
        [*net.parameters(), *fc.parameters()],
        lr=cfg.optim_wrapper.optimizer.lr,
        momentum=0.9,
    )
    losses = []
    for step, batch in enumerate(batches):
        torch.manual_seed(step)
        if step:
            plain.update_key_encoder()
        data = net.data_preprocessor(batch, training=True)
        losses.append(
            plain.step(optimizer, data['inputs'], data['data_samples'])
        )
    return plain, losses


@pytest.fixture
def double_nms(monkeypatch):
    """mmcv's NMS knows no float64: let it select in float32."""

    def select(boxes, scores, *args, **kwargs):
        _, keep = batched_nms(boxes.float(), scores.float(), *args, **kwargs)
        return torch.cat([boxes[keep], scores[keep, None]], 1), keep

    monkeypatch.setattr(rpn_head, 'batched_nms', select)


def test_runner_agrees_with_plain_pytorch(tmp_path, tiny_config, double_nms):
    cfg = tiny_config(tmp_path)
    cfg.train_cfg = dict(by_epoch=False, max_iters=NUM_ITERS)
    cfg.optim_wrapper = dict(
        type='OptimWrapper', optimizer=dict(type='SGD', lr=0.001, momentum=0.9)
    )
    cfg.param_scheduler = []
    cfg.model.backbone.norm_eval = True
    cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    recorder = Recorder()
    runner = Runner.from_cfg(cfg)
    runner.register_hook(recorder)
    runner.model.double()
    runner.train()
    model = runner.model
    plain, losses = plain_run(cfg, recorder.initial, recorder.batches)

    torch.testing.assert_close(
        torch.tensor(recorder.losses),
        torch.tensor(losses),
        rtol=1e-6,
        atol=1e-6,
    )
    for ring, slots, pointer in zip(
        (model.memory.labelled, model.memory.unlabelled),
        plain.rings,
        plain.pointers,
    ):
        assert None not in slots, 'the rings must have wrapped'
        assert ring.ids.tolist() == [person_id for _, person_id in slots]
        assert ring.pointer == pointer
        torch.testing.assert_close(
            ring.keys,
            torch.stack([key for key, _ in slots]),
            rtol=1e-6,
            atol=1e-6,
        )
    for part, twin in (
        (model.key_encoder.backbone, plain.key_net.backbone),
        (model.key_encoder.neck, plain.key_net.neck),
        (model.key_encoder.reid_head.fc, plain.key_fc),
    ):
        for key, expected in zip(part.parameters(), twin.parameters()):
            torch.testing.assert_close(key, expected, rtol=1e-6, atol=1e-6)
