"""SIGTERM saves a checkpoint and ends the training."""

import multiprocessing
import os
import signal
import threading

import pytest
from mmengine.hooks import Hook
from stopped_toys import guarded, lines_of
from toy_contrast import read_log

from mmdmr.engine.hooks import PreemptionHook
from mmdmr.engine.hooks.preemption_hook import _start_worker
from mmdmr.engine.work_dir import last_checkpoint

EPOCHS = dict(by_epoch=True, max_epochs=2)
BY_EPOCH = dict(checkpoint=dict(type='mmdmr.AtomicCheckpointHook', interval=1))


def terminate(runner):
    os.kill(os.getpid(), signal.SIGTERM)


def terminate_all(runner):
    """As a cluster does, to the data-loading processes, too."""
    children = multiprocessing.active_children()
    assert len(children) == 2
    for child in children:
        os.kill(child.pid, signal.SIGTERM)
    terminate(runner)


@pytest.fixture(scope='module')
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp('whole') / 'run'
    guarded(folder, train_cfg=EPOCHS, hooks=BY_EPOCH).train()
    return lines_of(folder)


@pytest.mark.parametrize('call', [terminate, terminate_all])
def test_a_terminated_run_saves_and_goes_on(tmp_path, whole, call):
    options = dict(train_cfg=EPOCHS, hooks=BY_EPOCH)
    if call is terminate_all:
        options['train_dataloader'] = dict(num_workers=2)
    before = signal.getsignal(signal.SIGTERM)
    runner = guarded(tmp_path / 'run', call, 12, **options)
    with pytest.raises(SystemExit) as ended:
        runner.train()
    assert ended.value.code == 143
    assert signal.getsignal(signal.SIGTERM) == before
    saved = tmp_path / 'run/iter_13.pth'
    assert last_checkpoint(tmp_path / 'run') == saved
    assert (
        f'SIGTERM after iteration 13: the training is not complete. It was '
        f'saved to {saved}; the same command with --resume'
    ) in read_log(runner)
    guarded(tmp_path / 'run', resume=True, **options).train()
    assert lines_of(tmp_path / 'run') == whole
    assert signal.getsignal(signal.SIGTERM) == before


def test_gradients_that_were_accumulated_are_not_lost(tmp_path):
    """The optimizer steps after iterations 4 and 8, not after 6."""
    options = dict(train_cfg=EPOCHS, optim_wrapper=dict(accumulative_counts=4))
    with pytest.raises(SystemExit):
        guarded(tmp_path / 'run', terminate, 5, **options).train()
    assert last_checkpoint(tmp_path / 'run').name == 'iter_8.pth'
    guarded(tmp_path / 'run', resume=True, **options).train()
    guarded(tmp_path / 'other', **options).train()
    assert lines_of(tmp_path / 'run') == lines_of(tmp_path / 'other')


def test_a_signal_during_the_validation_is_obeyed_within_it(tmp_path):
    runner = guarded(tmp_path / 'run', train_cfg=EPOCHS, hooks=BY_EPOCH)
    (hook,) = [h for h in runner.hooks if isinstance(h, PreemptionHook)]
    validated = []

    class Validates(Hook):
        def after_train_epoch(self, runner):
            # As MMEngine's loop does after the epoch was counted.
            runner.train_loop._epoch += 1
            terminate(runner)
            for index in range(3):
                validated.append(index)
                hook.after_val_iter(runner, index)

    runner.register_hook(Validates(), priority='LOWEST')
    with pytest.raises(SystemExit):
        runner.train()
    assert validated == [0]
    assert last_checkpoint(tmp_path / 'run').name == 'iter_10.pth'
    runner = guarded(
        tmp_path / 'run', train_cfg=EPOCHS, hooks=BY_EPOCH, resume=True
    )
    runner.train()
    assert runner.iter == 20


def test_a_second_signal_ends_at_once(tmp_path):
    pid = os.fork()
    if not pid:
        hook = PreemptionHook()
        signal.signal(signal.SIGTERM, hook._receive)
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        os._exit(0)  # not reached
    assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGTERM


def test_the_loader_starts_its_workers_in_its_own_way(monkeypatch):
    # As on macOS and Windows, where no signal is waited for.
    monkeypatch.delattr(signal, 'sigwaitinfo', raising=False)
    started = []
    _start_worker([signal.SIGTERM], started.append, 3)
    _start_worker([signal.SIGTERM], None, 4)
    assert started == [3]


def test_other_threads_and_other_hooks(tmp_path):
    once = dict(by_epoch=False, max_iters=1)
    runner = guarded(
        tmp_path / 'run', hooks=dict(checkpoint=None), train_cfg=once
    )
    runner.train()
    assert 'nothing saves on SIGTERM' in read_log(runner)
    runner = guarded(tmp_path / 'thread', train_cfg=once)
    thread = threading.Thread(target=runner.train)
    thread.start()
    thread.join()
    assert runner.iter == 1
    assert 'not in the main thread' in read_log(runner)
