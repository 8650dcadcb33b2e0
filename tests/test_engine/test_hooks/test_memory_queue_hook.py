"""The hook of the memory, beside the hook of the key encoder."""

from pathlib import Path

import pytest
from mmengine.hooks import Hook
from torch import nn
from toy_contrast import Contrast, make_runner, read_log

from mmdmr.errors import InputError


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


class Broken(Contrast):
    """Makes one key of every batch a NaN, from the third batch on."""

    batches = 0

    def __init__(self):
        super().__init__()
        self.key_encoder.encoder.register_forward_hook(self.spoil)

    def spoil(self, module, args, keys):
        self.batches += 1
        if self.batches > 2:
            keys[0] = float('nan')


def test_refused_keys_are_logged_now_and_then(tmp_path):
    """Iterations 3 to 9, reported every 4 iterations and at the end."""
    runner = make_runner(
        tmp_path / 'toy',
        [
            'mmdmr.EMAEncoderHook',
            dict(type='mmdmr.MemoryQueueHook', interval=4),
        ],
        max_iters=9,
        model=Broken(),
    )
    runner.train()
    log = read_log(runner)
    assert log.count('keys hold NaN') == 3
    for words in (
        'iterations 1 to 4: 2 keys hold NaN',
        'iterations 5 to 8: 4 keys hold NaN',
        'iteration 9: 1 keys hold NaN',
    ):
        assert words in log


def test_numbers_and_checks_of_another_memory(tmp_path):
    """commit() may return a whole number; check() is called if it exists."""

    class Strict(nn.Module):
        commits = checks = 0

        def commit(self):
            self.commits += 1
            return int(self.commits == 2)

        def check(self):
            self.checks += 1
            if self.commits == 5:
                raise InputError('a fifth commit')

    model = Contrast()
    model.strict = Strict()
    runner = make_runner(
        tmp_path / 'toy',
        [
            'mmdmr.EMAEncoderHook',
            'mmdmr.MemoryQueueHook',
            dict(type='mmdmr.MemoryQueueHook', memory='strict', interval=2),
        ],
        model=model,
        max_iters=5,
    )
    with pytest.raises(InputError, match='fifth'):
        runner.train()
    assert model.strict.checks == 3
    assert 'iterations 1 to 2: 1 keys hold NaN' in read_log(runner)


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
