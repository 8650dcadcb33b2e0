"""All checks of a training."""

import numpy as np
import torch
from mmengine.runner import Runner
from training_checks import check

from mmdmr.engine.checks import check_training


def test_a_good_config_passes_and_is_not_changed(config):
    runner = Runner.from_cfg(config)
    runner.train_loop, runner.val_loop
    kept = torch.get_rng_state()
    legacy = np.random.get_state()[1].copy()  # noqa: NPY002
    check_training(runner)
    assert torch.equal(torch.get_rng_state(), kept)
    assert (np.random.get_state()[1] == legacy).all()  # noqa: NPY002


def test_without_validation(config):
    config.val_cfg = config.val_dataloader = config.val_evaluator = None
    check(config)
