"""The hook of the memory, beside the hook of the key encoder."""

from pathlib import Path

import pytest
from mmengine.hooks import Hook
from torch import nn
from toy_contrast import Contrast, make_runner, read_log


def test_contrastive_toy_learns_and_logs(tmp_path):
    runner = make_runner(tmp_path / 'toy', max_iters=60)
    runner.train()
    scalars = runner.message_hub.log_scalars
    loss = scalars['train/loss'].data[0]
    assert loss[-10:].mean() < 0.5 * loss[:10].mean()
    assert scalars['train/memory_fill'].current() == 16
    assert scalars['train/memory_age'].current() > 0
    assert scalars['train/memory_positives'].current() > 1
    assert scalars['train/ema_distance'].current() > 0
    log = read_log(runner)
    for name in (
        'memory_fill',
        'memory_age',
        'memory_positives',
        'ema_distance',
    ):
        assert f'{name}: ' in log

    from tensorboard.backend.event_processing.event_accumulator import (
        EventAccumulator,
    )

    events = EventAccumulator(str(Path(runner.log_dir) / 'vis_data'))
    events.Reload()
    assert {'memory_fill', 'ema_distance'} <= set(events.Tags()['scalars'])


def test_accumulated_gradients_update_once_an_optimizer_step(tmp_path):
    runner = make_runner(
        tmp_path / 'toy',
        max_iters=12,
        optim_wrapper=dict(accumulative_counts=4),
    )
    runner.train()
    assert runner.model.key_encoder.updates == 3
    assert runner.model.memory.commits == 12


def test_goes_on_after_an_interrupt_between_loss_and_commit(tmp_path):
    class Stop(Hook):
        priority = 'VERY_HIGH'
        done = False

        def after_train_iter(
            self, runner, batch_idx, data_batch=None, outputs=None
        ):
            if runner.iter == 4 and not self.done:
                self.done = True
                raise KeyboardInterrupt

    runner = make_runner(tmp_path / 'toy', max_iters=12)
    runner.register_hook(Stop())
    with pytest.raises(KeyboardInterrupt):
        runner.train()
    assert runner.model.memory._staged is not None
    runner.train()
    assert runner.iter == 12
    # The keys of the interrupted iteration are lost; no key is written twice.
    assert runner.model.memory.commits == 12


def test_refused_keys_are_logged(tmp_path):

    class Broken(Contrast):
        def forward(self, inputs, labels, mode='tensor'):
            inputs[0] = float('nan')
            return super().forward(inputs, labels, mode)

    runner = make_runner(tmp_path / 'toy', max_iters=1, model=Broken())
    runner.train()
    assert '1 keys hold NaN' in read_log(runner)


def test_commit_and_update_are_all_the_hooks_need(tmp_path):

    class Counter(nn.Module):
        commits = updates = 0

        def commit(self):
            self.commits += 1

        def update(self, source):
            assert isinstance(source, nn.Linear)
            self.updates += 1

    model = Contrast()
    model.counter = Counter()
    runner = make_runner(
        tmp_path / 'toy',
        [
            'mmdmr.EMAEncoderHook',
            'mmdmr.MemoryQueueHook',
            dict(type='mmdmr.MemoryQueueHook', memory='counter', interval=1),
            dict(
                type='mmdmr.EMAEncoderHook',
                key_encoder='counter',
                source='encoder',
                interval=1,
            ),
        ],
        model=model,
        max_iters=3,
    )
    runner.train()
    assert model.counter.commits == model.counter.updates == 3
