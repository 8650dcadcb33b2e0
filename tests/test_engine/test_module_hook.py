"""State of a module in resumed and in new runs."""

import pytest
import torch
from mmengine.hooks import Hook
from toy_contrast import make_runner

from mmdmr.engine.resume import ResumeError


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
