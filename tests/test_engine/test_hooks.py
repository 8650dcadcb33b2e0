"""Both hooks in a plain MMEngine runner, on a toy contrastive model."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from mmengine.hooks import Hook
from mmengine.model import BaseModel, MMSeparateDistributedDataParallel
from mmengine.optim import BaseOptimWrapper, OptimWrapper, OptimWrapperDict
from mmengine.registry import MODEL_WRAPPERS
from mmengine.runner import Runner
from torch import nn

from mmdmr.engine.hooks import EMAEncoderHook
from mmdmr.engine.resume import ResumeError
from mmdmr.engine.submodule import find_submodule, network_of
from mmdmr.models import KeyEncoder, MemoryQueue, pair_loss


class Contrast(BaseModel):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(8, 4)
        self.memory = MemoryQueue(num_labelled=16, feat_channels=4)
        self.key_encoder = KeyEncoder(
            nn.ModuleDict(dict(encoder=self.encoder)), momentum=0.1
        )

    def forward(self, inputs, labels, mode='tensor'):
        query = F.normalize(self.encoder(inputs), dim=1)
        if mode != 'loss':
            return query
        keys = F.normalize(self.key_encoder.encoder(inputs), dim=1)
        self.memory.stage(keys, labels)
        bank = self.memory.bank()
        return dict(loss=pair_loss(query, labels, bank.keys, bank.ids))


def toy_data():
    generator = torch.Generator().manual_seed(0)
    centres = torch.randn(10, 8, generator=generator)
    noise = torch.randn(6, 10, 8, generator=generator)
    return [
        (x, label)
        for i in range(6)
        for label, x in enumerate(centres + 0.3 * noise[i])
    ]


def make_runner(work_dir, hooks=None, **kwargs):
    if hooks is None:
        hooks = ['mmdmr.EMAEncoderHook', 'mmdmr.MemoryQueueHook']
    torch.manual_seed(0)
    return Runner(
        model=kwargs.pop('model', None) or Contrast(),
        work_dir=str(work_dir),
        experiment_name=f'{work_dir.parent.name}-{work_dir.name}',
        train_dataloader=dict(
            batch_size=6,
            sampler=dict(type='DefaultSampler', shuffle=True),
            dataset=toy_data(),
            collate_fn=dict(type='default_collate'),
        ),
        train_cfg=dict(by_epoch=False, max_iters=kwargs.pop('max_iters', 20)),
        optim_wrapper=dict(
            optimizer=dict(type='SGD', lr=0.5),
            **kwargs.pop('optim_wrapper', {}),
        ),
        custom_hooks=[
            h if isinstance(h, dict) else dict(type=h) for h in hooks
        ],
        default_hooks=dict(
            logger=dict(type='LoggerHook', interval=10),
            checkpoint=dict(
                type='CheckpointHook', by_epoch=False, interval=10
            ),
        ),
        visualizer=dict(
            type='Visualizer',
            vis_backends=[dict(type='TensorboardVisBackend')],
        ),
        randomness=dict(seed=0),
        **kwargs,
    )


def read_log(runner):
    return next(Path(runner.log_dir).glob('*.log')).read_text()


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


def test_resume_goes_on_as_if_never_stopped(tmp_path):
    whole = make_runner(tmp_path / 'whole')
    whole.train()
    state = torch.load(tmp_path / 'whole/iter_10.pth', weights_only=False)[
        'state_dict'
    ]
    assert state['memory.labelled.fill'] == 16

    resumed = make_runner(
        tmp_path / 'resumed',
        load_from=str(tmp_path / 'whole/iter_10.pth'),
        resume=True,
    )
    seen = {}

    def record(runner, batch_idx, data_batch=None):
        seen.setdefault(
            'state',
            {k: v.clone() for k, v in runner.model.state_dict().items()},
        )

    resumed.hooks[0].before_train_iter = record
    resumed.train()
    assert resumed.iter == 20
    assert seen['state']['key_encoder.updates'] == 10
    for name, value in state.items():
        assert torch.equal(seen['state'][name], value), name


def test_load_from_takes_weights_only(tmp_path):
    make_runner(tmp_path / 'first').train()
    runner = make_runner(
        tmp_path / 'second',
        max_iters=1,
        load_from=str(tmp_path / 'first/iter_20.pth'),
        optim_wrapper=dict(accumulative_counts=1),
    )
    runner.train()
    loaded = torch.load(tmp_path / 'first/iter_20.pth', weights_only=False)[
        'state_dict'
    ]
    state = runner.model.state_dict()
    assert state['memory.labelled.fill'] == 6
    assert state['key_encoder.updates'] == 1
    assert torch.equal(
        state['key_encoder.encoder.weight'], loaded['encoder.weight']
    )


def test_accumulated_gradients_update_once_an_optimizer_step(tmp_path):
    runner = make_runner(
        tmp_path / 'toy',
        max_iters=12,
        optim_wrapper=dict(accumulative_counts=4),
    )
    runner.train()
    assert runner.model.key_encoder.updates == 3
    assert runner.model.memory.commits == 12


@pytest.mark.parametrize(
    'hook,message',
    [
        (
            dict(type='mmdmr.MemoryQueueHook', memory='queue'),
            "MemoryQueueHook.memory='queue'.*encoder, memory, key_encoder",
        ),
        (
            dict(type='mmdmr.MemoryQueueHook', memory='encoder'),
            'Linear has no method commit',
        ),
        (
            dict(type='mmdmr.EMAEncoderHook', key_encoder='k'),
            "EMAEncoderHook.key_encoder='k'",
        ),
        (
            dict(type='mmdmr.EMAEncoderHook', source='q'),
            "EMAEncoderHook.source='q'",
        ),
    ],
)
def test_wrong_path_is_an_error_before_training(tmp_path, hook, message):
    runner = make_runner(tmp_path / 'toy', hooks=[hook])
    with pytest.raises(ValueError, match=message):
        runner.train()
    assert runner.iter == 0


@pytest.mark.parametrize(
    'hooks,message',
    [
        (
            ['mmdmr.EMAEncoderHook'],
            r"memory of Contrast.*dict\(type='mmdmr.MemoryQueueHook'\)",
        ),
        (
            ['mmdmr.MemoryQueueHook'],
            r"key_encoder of Contrast.*dict\(type='mmdmr.EMAEncoderHook'\)",
        ),
        (
            ['mmdmr.EMAEncoderHook'] * 2 + ['mmdmr.MemoryQueueHook'],
            '2 EMAEncoderHook for key_encoder',
        ),
        (
            [
                dict(type='mmdmr.EMAEncoderHook', source='key_encoder'),
                'mmdmr.MemoryQueueHook',
            ],
            'it is itself',
        ),
        (
            [
                dict(type='mmdmr.EMAEncoderHook', source='encoder'),
                'mmdmr.MemoryQueueHook',
            ],
            'follows encoder, which Linear has not',
        ),
    ],
)
def test_lost_and_wrong_hooks_are_said_before_training(
    tmp_path, hooks, message
):
    runner = make_runner(tmp_path / 'toy', hooks=hooks)
    with pytest.raises(ValueError, match=message):
        runner.train()
    assert runner.iter == 0


def test_other_paths_are_named_with_the_hook(tmp_path):
    model = Contrast()
    model.second = MemoryQueue(num_labelled=4, feat_channels=4)
    runner = make_runner(tmp_path / 'toy', model=model)
    with pytest.raises(ValueError, match="MemoryQueueHook', memory='second'"):
        runner.train()


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
    """Like DeepSpeed's: its engine knows when it steps, it does not."""

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


@MODEL_WRAPPERS.register_module()
class Shards(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module


def test_a_wrapper_that_may_cut_parameters_is_refused():
    with pytest.raises(ValueError, match='do not work in a Shards'):
        find_submodule(Shards(Contrast()), 'memory', 'commit', 'memory')


def test_a_wrapper_of_each_part_is_refused():
    """It wraps the parts one by one: there is no one network inside."""
    wrapper = MMSeparateDistributedDataParallel.__new__(
        MMSeparateDistributedDataParallel
    )
    with pytest.raises(ValueError, match='do not work in a MMSeparate'):
        network_of(wrapper)


@pytest.mark.parametrize('prefix', ['', 'module.'])
def test_load_from_a_bare_state_dict(tmp_path, prefix):
    """With another run's memory in it, of the same and of another size."""
    first = make_runner(tmp_path / 'first')
    first.train()
    stored = {f'{prefix}{k}': v for k, v in first.model.state_dict().items()}
    assert stored[f'{prefix}memory.labelled.fill'] == 16
    torch.save(stored, tmp_path / 'bare.pth')
    runner = make_runner(
        tmp_path / 'second',
        max_iters=1,
        load_from=str(tmp_path / 'bare.pth'),
    )
    runner.train()
    state = runner.model.state_dict()
    assert state['memory.labelled.fill'] == 6
    assert torch.equal(
        state['key_encoder.encoder.weight'], stored[f'{prefix}encoder.weight']
    )


def test_weights_loaded_between_two_trainings_leave_the_memory(tmp_path):
    make_runner(tmp_path / 'first').train()
    runner = make_runner(tmp_path / 'second', max_iters=10)
    runner.train()
    memory = {
        k: v.clone() for k, v in runner.model.memory.state_dict().items()
    }
    runner.load_checkpoint(str(tmp_path / 'first/iter_20.pth'))
    seen = []

    class Look(Hook):
        priority = 'VERY_LOW'

        def before_train(self, runner):
            seen.append(
                {
                    k: v.clone()
                    for k, v in runner.model.memory.state_dict().items()
                }
            )

    runner.register_hook(Look())
    runner.train_loop._max_iters = 12
    runner.train()
    assert runner.iter == 12
    for name, value in memory.items():
        assert torch.equal(seen[0][name], value), name


def test_resume_called_by_hand_restores_both(tmp_path):
    make_runner(tmp_path / 'first').train()
    path = tmp_path / 'first/iter_10.pth'
    stored = torch.load(path, weights_only=False)['state_dict']
    runner = make_runner(tmp_path / 'second', max_iters=20)
    seen = {}

    class Look(Hook):
        priority = 'VERY_HIGH'

        def before_train_iter(self, runner, batch_idx, data_batch=None):
            state = runner.model.state_dict()
            seen.setdefault('s', {k: v.clone() for k, v in state.items()})

    runner.register_hook(Look())
    runner.resume(str(path))
    runner.train()
    assert runner.iter == 20
    for name, value in stored.items():
        assert torch.equal(seen['s'][name], value), name


def test_resume_by_hand_from_weights_alone_is_refused(tmp_path):
    make_runner(tmp_path / 'first').train()
    path = tmp_path / 'first/iter_10.pth'
    stored = torch.load(path, weights_only=False)
    for name in [k for k in stored['state_dict'] if 'memory' in k]:
        del stored['state_dict'][name]
    torch.save(stored, path)
    runner = make_runner(tmp_path / 'second', max_iters=20)
    runner.resume(str(path))
    with pytest.raises(ResumeError, match='has no memory'):
        runner.train()


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
    # that of the interrupted iteration is lost, and none is written twice
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
