"""A loss or a weight that is not finite stops a training."""

import re

import pytest
import torch
from host_reads import count_host_reads
from mmengine.dataset import pseudo_collate
from mmengine.evaluator import BaseMetric
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapper
from mmengine.registry import METRICS, OPTIM_WRAPPERS
from mmengine.runner import Runner
from mmengine.structures import BaseDataElement
from toy_contrast import Contrast
from toy_contrast import make_runner as make_contrast

from mmdmr.engine.hooks import (
    FiniteLossHook,
    NonFiniteLossError,
    finite_loss_hook,
)
from mmdmr.engine.safe_globals import register_safe_globals
from mmdmr.errors import InputError

#: The hook that writes the checkpoints.
CHECKPOINT_HOOK = 'mmdmr.AtomicCheckpointHook'
NUM_IMAGES = 24
NAN, INF = float('nan'), float('inf')


class Line(BaseModel):
    """Two losses of one layer; ``spoil`` changes them in an iteration."""

    def __init__(self, spoil=None):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)
        self.register_buffer('kept', torch.zeros(3))
        self.spoil = spoil or (lambda step, losses: None)
        self.steps = 0

    def forward(self, inputs, data_samples=None, mode='tensor'):
        x = self.layer(torch.stack(inputs))
        if mode != 'loss':
            return x
        self.steps += 1
        losses = dict(loss_a=x.square().mean(), loss_b=x.abs().mean())
        self.spoil(self.steps, losses)
        return losses | dict(acc=torch.tensor(NAN))


def at(wanted, **factors):
    """Multiply losses by a factor in one iteration."""

    def spoil(step, losses):
        if step == wanted:
            for name, factor in factors.items():
                losses[name] = losses[name] * factor

    return spoil


def images():
    """Images by their names, in an order that is the order of training."""
    generator = torch.Generator().manual_seed(0)
    return [
        dict(
            inputs=torch.rand(2, generator=generator),
            data_samples=BaseDataElement(
                metainfo=dict(img_path=f'frames/{i:02d}.jpg')
            ),
        )
        for i in range(NUM_IMAGES)
    ]


def make_runner(work_dir, model, hook=(), epochs=None, **kwargs):
    """12 iterations of two images, a checkpoint every 3 iterations."""
    by_epoch = epochs is not None
    loop = (
        dict(by_epoch=True, max_epochs=epochs)
        if by_epoch
        else dict(by_epoch=False, max_iters=12)
    )
    return Runner(
        model=model,
        work_dir=str(work_dir),
        experiment_name=f'{work_dir.parent.name}-{work_dir.name}',
        train_dataloader=dict(
            batch_size=2,
            sampler=dict(type='DefaultSampler', shuffle=False),
            dataset=images(),
            collate_fn=pseudo_collate,
        ),
        train_cfg=kwargs.pop('train_cfg', loop),
        optim_wrapper=dict(
            type=kwargs.pop('wrapper', 'OptimWrapper'),
            optimizer=dict(type='SGD', lr=0.1, momentum=0.9),
        ),
        default_hooks=dict(
            checkpoint=dict(
                dict(interval=1 if by_epoch else 3),
                type=CHECKPOINT_HOOK,
                by_epoch=by_epoch,
                **kwargs.pop('checkpoint', {}),
            ),
            finite_loss=dict(type='mmdmr.FiniteLossHook', **dict(hook)),
        ),
        **kwargs,
    )


@pytest.fixture
def as_on_gpu(monkeypatch):
    """Let the hook take the CPU for a device that has to be waited for."""
    monkeypatch.setattr(finite_loss_hook, '_is_on_host', lambda flags: False)


def stopped(runner):
    """Message with which a training stops."""
    with pytest.raises(NonFiniteLossError) as caught:
        runner.train()
    assert isinstance(caught.value, InputError)
    return str(caught.value)


def check_stands(path):
    """A checkpoint can be loaded, and is finite."""
    checkpoint = torch.load(path, weights_only=False)
    model = Line()
    model.load_state_dict(checkpoint['state_dict'])
    assert all(value.isfinite().all() for value in model.state_dict().values())
    return checkpoint['meta']['iter']


@pytest.mark.parametrize('interval', [1, 10])
@pytest.mark.parametrize('factor', [NAN, INF])
def test_iteration_losses_images_and_checkpoint_are_named(
    tmp_path, interval, factor
):
    """On a CPU at once, whatever the interval."""
    model = Line(at(8, loss_b=factor))
    runner = make_runner(tmp_path / 'run', model, dict(interval=interval))
    message = stopped(runner)
    assert model.steps == 8
    assert message.startswith(
        'iteration 8: loss, loss_b are NaN or infinite. '
        'Images: frames/14.jpg, frames/15.jpg. The last checkpoint stands: '
    )
    assert 'Lower the learning rate' in message
    path = re.search(r'stands: (\S+)\. ', message)[1]
    assert path.endswith('run/iter_6.pth') and check_stands(path) == 6
    assert {p.name for p in (tmp_path / 'run').glob('*.pth')} == {
        'iter_3.pth',
        'iter_6.pth',
    }


@pytest.mark.parametrize(
    'interval, wrong, read', [(1, 8, 8), (4, 5, 6), (10, 2, 3), (10, 11, 12)]
)
def test_the_flags_of_a_device_are_read_now_and_then(
    tmp_path, as_on_gpu, interval, wrong, read
):
    """Every interval, before a checkpoint, and after the training. The first
    iteration that went wrong is named, not that of the reading.
    """
    model = Line(at(wrong, loss_a=NAN))
    runner = make_runner(
        tmp_path / 'run',
        model,
        dict(interval=interval),
        checkpoint=dict(save_last=False),
    )
    message = stopped(runner)
    assert model.steps == read
    first = 2 * (wrong - 1)
    assert message.startswith(f'iteration {wrong}: loss, loss_a are NaN')
    names = f'Images: frames/{first:02d}.jpg, frames/{first + 1:02d}.jpg.'
    assert names in message
    saved = (wrong - 1) // 3 * 3
    if saved:
        assert f'stands: {tmp_path / "run"}/iter_{saved}.pth.' in message
        assert check_stands(tmp_path / f'run/iter_{saved}.pth') == saved
    else:
        assert 'This run has no checkpoint.' in message
    assert len(list((tmp_path / 'run').glob('*.pth'))) == saved // 3


def test_between_two_readings_nothing_waits_for_the_device(
    tmp_path, as_on_gpu
):
    runner = make_runner(tmp_path / 'run', Line(), dict(interval=5))
    (hook,) = [h for h in runner.hooks if isinstance(h, FiniteLossHook)]
    reads = []
    plain = hook.after_train_iter

    def counted(*args, **kwargs):
        found = count_host_reads(lambda: plain(*args, **kwargs))
        reads.append(found.total())

    hook.after_train_iter = counted
    runner.train()
    assert [bool(n) for n in reads] == [(i + 1) % 5 == 0 for i in range(12)]


def test_the_end_of_a_training_is_read(tmp_path, as_on_gpu):
    runner = make_runner(
        tmp_path / 'run',
        Line(at(12, loss_a=INF)),
        checkpoint=dict(interval=100, save_last=False),
    )
    assert stopped(runner).startswith('iteration 12: loss, loss_a are')


@METRICS.register_module()
class Reached(BaseMetric):
    """A metric that no broken network may reach."""

    def process(self, data_batch, data_samples):
        raise AssertionError

    def compute_metrics(self, results):
        raise AssertionError


def test_a_validation_is_not_reached(tmp_path, as_on_gpu):
    runner = make_runner(
        tmp_path / 'run',
        Line(at(1, loss_a=NAN)),
        val_dataloader=dict(
            batch_size=2,
            sampler=dict(type='DefaultSampler', shuffle=False),
            dataset=images(),
            collate_fn=pseudo_collate,
        ),
        val_cfg=dict(),
        val_evaluator=dict(type='Reached'),
        train_cfg=dict(by_epoch=False, max_iters=12, val_interval=2),
    )
    assert stopped(runner).startswith('iteration 1: loss, loss_a are')
    assert runner.iter == 2


def test_epochs_are_named(tmp_path):
    """Batch 3 of the second epoch, after a checkpoint of the first."""
    model = Line(at(15, loss_a=NAN, loss_b=NAN))
    message = stopped(make_runner(tmp_path / 'run', model, epochs=2))
    assert message.startswith(
        'iteration 15 (epoch 2, batch 3): loss, loss_a, loss_b are NaN'
    )
    assert 'frames/04.jpg, frames/05.jpg' in message
    assert 'run/epoch_1.pth.' in message


def spoil_gradient(step, losses):
    """Iteration 5: a finite loss, whose gradient is not finite."""
    if step == 5:
        losses['loss_a'] = losses['loss_a'] + (0 * losses['loss_a']).sqrt()


def test_weights_are_judged_before_they_are_saved(tmp_path):
    """A loss is finite once more, though the weights are NaN already."""

    class Late(Line):
        def forward(self, inputs, data_samples=None, mode='tensor'):
            losses = super().forward(inputs, data_samples, mode)
            if mode == 'loss' and self.steps == 6:
                zero = 0 * torch.nan_to_num(self.layer.weight).sum()
                losses = dict(loss_a=1 + zero, loss_b=1 + zero)
            return losses

    message = stopped(make_runner(tmp_path / 'run', Late(spoil_gradient)))
    assert message.startswith(
        'iteration 6: layer.weight of the model holds NaN or infinity, '
        'though the losses were finite: the checkpoint is not written.'
    )
    assert 'stands: ' in message and 'iter_3.pth' in message
    assert [p.name for p in (tmp_path / 'run').glob('*.pth')] == ['iter_3.pth']


@pytest.mark.parametrize('where', ['memory', 'key_encoder'])
def test_memory_and_key_encoder_are_judged_too(tmp_path, where):
    class Spoil(Hook):
        priority = 'VERY_HIGH'

        def after_train_iter(
            self, runner, batch_idx, data_batch=None, outputs=None
        ):
            if runner.iter == 9:
                model = runner.model
                if where == 'memory':
                    model.memory.labelled.keys[2, 1] = NAN
                else:
                    model.key_encoder.encoder.bias.data[0] = -INF

    runner = make_contrast(
        tmp_path / 'run',
        [
            'mmdmr.EMAEncoderHook',
            'mmdmr.MemoryQueueHook',
            'mmdmr.FiniteLossHook',
        ],
    )
    runner.register_hook(Spoil())
    name = dict(
        memory='memory.labelled.keys', key_encoder='key_encoder.encoder.bias'
    )[where]
    assert stopped(runner).startswith(f'iteration 10: {name} of the model')
    assert not list((tmp_path / 'run').glob('*.pth'))


def test_one_kept_checkpoint(tmp_path, as_on_gpu):
    """The old checkpoint is deleted once the new one is written, which it is
    not.
    """
    model = Line(at(7, loss_a=NAN))
    kept = dict(max_keep_ckpts=1, save_last=False)
    message = stopped(make_runner(tmp_path / 'run', model, checkpoint=kept))
    found = {p.name for p in (tmp_path / 'run').glob('*.pth')}
    assert found == {'iter_6.pth'}
    assert 'iter_6.pth' in message


class Fragile(Line):
    """Raises an error of its own once its weights are NaN."""

    def forward(self, inputs, data_samples=None, mode='tensor'):
        if self.layer.weight.isnan().any() or self.steps == 10:
            raise ArithmeticError('matrix contains invalid entries')
        return super().forward(inputs, data_samples, mode)


@pytest.mark.parametrize(
    'wrong, error, message',
    [
        (2, NonFiniteLossError, 'iteration 2: loss, loss_a are NaN'),
        (None, ArithmeticError, 'matrix contains invalid entries'),
    ],
)
def test_the_loss_is_told_before_the_errors_that_follow(
    tmp_path, as_on_gpu, wrong, error, message
):
    """The error in iteration 3 follows, that of iteration 11 does not."""
    runner = make_runner(tmp_path / 'run', Fragile(at(wrong, loss_a=NAN)))
    with (
        pytest.raises(error, match=message),
        finite_loss_hook.loss_told_first(runner),
    ):
        runner.train()
    assert runner.iter == (wrong or 10)


def test_an_error_of_the_user_is_told_as_it_is(tmp_path, as_on_gpu):
    """A wrong setting does not follow from a loss."""

    class Refuses(Fragile):
        def forward(self, inputs, data_samples=None, mode='tensor'):
            if self.steps == 2:
                raise InputError('a wrong setting')
            return super().forward(inputs, data_samples, mode)

    runner = make_runner(tmp_path / 'run', Refuses(at(2, loss_a=NAN)))
    with (
        pytest.raises(InputError, match='^a wrong setting$'),
        finite_loss_hook.loss_told_first(runner),
    ):
        runner.train()


def test_a_batch_without_names(tmp_path):
    class Broken(Contrast):
        def forward(self, inputs, labels, mode='tensor'):
            found = super().forward(inputs, labels, mode)
            return {k: v * NAN for k, v in found.items()}

    runner = make_contrast(
        tmp_path / 'run',
        [
            'mmdmr.EMAEncoderHook',
            'mmdmr.MemoryQueueHook',
            'mmdmr.FiniteLossHook',
        ],
        model=Broken(),
    )
    message = stopped(runner)
    assert message.startswith(
        'iteration 1: loss is NaN or infinite. The batch does not tell its '
        'images (img_path). This run has no checkpoint.'
    )


def test_a_long_batch_is_cut():
    names = [f'{i}.jpg' for i in range(20)]
    said = finite_loss_hook._named(names)
    assert said.endswith(' 14.jpg, 15.jpg and 4 more.')
    assert finite_loss_hook._named(names[:16]).endswith(' 15.jpg.')


def test_names_are_found_wherever_the_data_samples_are():
    def element(name):
        return BaseDataElement(metainfo=dict(img_path=name))

    batch = dict(
        inputs=[torch.zeros(1)],
        data_samples=dict(sup=[element('a')], unsup=(element('b'),)),
    )
    assert list(finite_loss_hook._images(batch)) == ['a', 'b']
    assert not list(finite_loss_hook._images([BaseDataElement()]))


@OPTIM_WRAPPERS.register_module()
class SkippingOptimWrapper(OptimWrapper):
    """Skips a step with a bad gradient, as a dynamic loss scale does."""

    skipped = 0

    def step(self, **kwargs):
        weights = self.optimizer.param_groups[0]['params']
        if all(w.grad.isfinite().all() for w in weights):
            super().step(**kwargs)
        else:
            self.skipped += 1


def test_gradients_are_left_to_the_optimizers_wrapper(tmp_path):
    runner = make_runner(
        tmp_path / 'run', Line(spoil_gradient), wrapper='SkippingOptimWrapper'
    )
    runner.train()
    assert runner.optim_wrapper.skipped == 1 and runner.iter == 12
    assert check_stands(tmp_path / 'run/iter_12.pth') == 12


def test_a_training_starts_from_finite_weights_alone(tmp_path):
    model = Line()
    model.kept[1] = INF
    message = stopped(make_runner(tmp_path / 'run', model))
    assert message.startswith('kept of the model holds NaN or infinity before')
    assert model.steps == 0


@pytest.mark.parametrize('name', ['iter_9', 'moved'])
def test_a_resumed_run_names_the_checkpoint_that_it_came_from(tmp_path, name):
    make_runner(tmp_path / 'run', Line()).train()
    register_safe_globals()
    path = (tmp_path / 'run/iter_9.pth').rename(tmp_path / f'run/{name}.pth')
    runner = make_runner(
        tmp_path / 'resumed',
        Line(at(1, loss_a=NAN)),
        load_from=str(path),
        resume=True,
    )
    message = stopped(runner)
    assert message.startswith('iteration 10: loss, loss_a are NaN')
    assert f'stands: {path}.' in message


def test_other_outputs_of_a_training_step_are_let_through():
    for outputs in (None, [1.0], dict(acc=NAN)):
        assert not finite_loss_hook._losses(outputs)
    losses = finite_loss_hook._losses(
        dict(loss=1.5, loss_a=torch.ones(2), text='loss')
    )
    assert finite_loss_hook._are_finite([*losses.values()]).tolist() == [1, 1]


def test_intervals_out_of_range():
    with pytest.raises(InputError, match='interval'):
        FiniteLossHook(interval=0)
