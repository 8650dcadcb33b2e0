"""A training of a detector that diverges stops by itself."""

import re

import pytest
import torch
from mmengine.runner import Runner

from mmdmr.engine.hooks import NonFiniteLossError


def test_a_learning_rate_that_is_too_high(tiny_config, tmp_path):
    """The images named are those of the data set, and the checkpoint that is
    named is finite, memory and key encoder included.
    """
    cfg = tiny_config(tmp_path)
    cfg.train_cfg = dict(by_epoch=False, max_iters=40)
    cfg.optim_wrapper = dict(
        type='OptimWrapper', optimizer=dict(type='SGD', lr=1e-3)
    )
    # From iteration 3 on the learning rate grows with every step.
    cfg.param_scheduler = [
        dict(type='ExponentialLR', gamma=1e4, begin=2, end=40, by_epoch=False)
    ]
    cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    cfg.default_hooks.checkpoint = dict(
        type='CheckpointHook', by_epoch=False, interval=1, max_keep_ckpts=2
    )
    cfg.default_hooks.finite_loss = dict(type='mmdmr.FiniteLossHook')
    runner = Runner.from_cfg(cfg)
    with pytest.raises(NonFiniteLossError) as caught:
        runner.train()
    message = str(caught.value)
    dataset = runner.train_dataloader.dataset
    infos = map(dataset.get_data_info, range(len(dataset)))
    known = {info['img_path'] for info in infos}
    named = re.search(r'Images: (.*?)\. The last', message)[1].split(', ')
    assert len(named) == 2 and known.issuperset(named)
    path = re.search(r'stands: (\S+)\. ', message)[1]
    state = torch.load(path, weights_only=False)['state_dict']
    assert all(value.isfinite().all() for value in state.values())
    assert {name.split('.')[0] for name in state} >= {'memory', 'key_encoder'}
