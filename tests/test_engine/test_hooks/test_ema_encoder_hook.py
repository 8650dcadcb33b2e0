"""The hook of the key encoder."""

import pytest
import torch
from mmengine.optim import BaseOptimWrapper, OptimWrapper, OptimWrapperDict
from torch import nn
from toy_contrast import Contrast, make_runner

from mmdmr.engine.hooks import EMAEncoderHook


def test_without_any_hook_the_key_encoder_refuses(tmp_path):
    runner = make_runner(tmp_path / 'toy', hooks=[])
    with pytest.raises(RuntimeError, match='EMAEncoderHook'):
        runner.train()
    assert runner.iter == 0


class TwoOptimizers(Contrast):
    def __init__(self):
        super().__init__()
        self.other = nn.Linear(4, 4)

    def train_step(self, data, optim_wrapper):
        losses = self(*self.data_preprocessor(data, True), mode='loss')
        optim_wrapper.zero_grad()
        losses['loss'].backward()
        for wrapper in optim_wrapper.values():
            wrapper.step()
        return losses


def test_several_optimizers(tmp_path):
    model = TwoOptimizers()
    wrappers = OptimWrapperDict(
        **{
            name: OptimWrapper(
                torch.optim.SGD(getattr(model, name).parameters(), lr=0.1)
            )
            for name in ('encoder', 'other')
        }
    )
    runner = make_runner(tmp_path / 'two', model=model, max_iters=5)
    runner.optim_wrapper = wrappers
    runner.train()
    assert runner.iter == model.key_encoder.updates == 5
    assert 0 < model.key_encoder.distance(model) < 1


class NoStep(BaseOptimWrapper):
    """Wrapper that does not report its optimizer steps, like DeepSpeed's."""

    def update_params(self, loss):
        raise NotImplementedError

    backward = zero_grad = step = update_params


def test_a_wrapper_that_does_not_tell_its_steps_is_refused(tmp_path):
    model = Contrast()
    runner = make_runner(tmp_path / 'toy', model=model)
    runner.train_loop
    runner.optim_wrapper = NoStep(torch.optim.SGD(model.parameters(), 0.1))
    hook = next(h for h in runner.hooks if isinstance(h, EMAEncoderHook))
    with pytest.raises(ValueError, match='when a NoStep steps'):
        hook.before_train(runner)
