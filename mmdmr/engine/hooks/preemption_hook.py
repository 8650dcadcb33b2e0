"""Hook that saves and ends a training when it is asked to stop."""

import os
import signal
import threading
from collections.abc import Callable, Sequence
from functools import partial
from types import FrameType
from typing import Any

import torch
from mmengine.dist import all_reduce, get_world_size
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmdmr.engine.hooks.atomic_checkpoint_hook import AtomicCheckpointHook
from mmdmr.engine.optimizer_steps import starts_a_step
from mmdmr.registry import HOOKS

#: Exit code of a program is this number plus the number of the signal.
_ENDED_BY_SIGNAL = 128


@HOOKS.register_module()
class PreemptionHook(Hook):
    """Saves a checkpoint and ends the training on SIGTERM.

    Clusters and clouds send SIGTERM some seconds before they take a machine
    away. The training finishes its iteration (with gradient accumulation: the
    optimizer step), saves ``iter_N.pth`` and ends with exit code 143, that is
    128 + 15: the training is not complete. ``--resume`` goes on from there. A
    second SIGTERM ends the training at once.

    Several processes agree on the iteration, on GPUs every ``interval``
    iterations, since a GPU has to be waited for. A signal during the
    validation is obeyed after an image, with several processes after the
    validation; the validation is not repeated.

    Args:
        signals (Sequence[str]): Names of the signals, such as 'SIGUSR1' that
            ``sbatch --signal`` sends. Defaults to ('SIGTERM',).
        interval (int): Iterations between two agreements of processes on
            GPUs. Defaults to 10.

    An :class:`~mmdmr.engine.hooks.AtomicCheckpointHook` saves; without it the
    hook warns and does nothing.

    Raises:
        SystemExit: A signal was received, and the checkpoint was saved.

    Example:
        In a config:

        >>> default_hooks = dict(
        ...     preemption=dict(type='mmdmr.PreemptionHook'))
    """

    # After the checkpoint hook, and after the commit of the memory.
    priority = 'LOWEST'

    def __init__(
        self, signals: Sequence[str] = ('SIGTERM',), interval: int = 10
    ) -> None:
        self.signals = [signal.Signals[name] for name in signals]
        self.interval = interval
        self._received: int = 0
        # Handlers of the program itself, while a training waits for signals.
        self._before: dict[int, Any] = {}
        self._saver: AtomicCheckpointHook | None = None

    def before_train(self, runner: Runner) -> None:
        """Wait for the signals from here on."""
        if threading.current_thread() is not threading.main_thread():
            runner.logger.warning(
                'PreemptionHook: the training is not in the main thread, '
                'which alone receives signals: the hook does nothing'
            )
            return
        self._saver = next(
            (h for h in runner.hooks if isinstance(h, AtomicCheckpointHook)),
            None,
        )
        if self._saver is None:
            runner.logger.warning(
                'PreemptionHook: nothing saves on SIGTERM: set default_hooks.'
                "checkpoint=dict(type='mmdmr.AtomicCheckpointHook', ...)"
            )
            return
        for number in self.signals:
            self._before[number] = signal.signal(number, self._receive)
        loader = runner.train_dataloader
        loader.worker_init_fn = partial(
            _start_worker, self.signals, loader.worker_init_fn
        )

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: dict | None = None,
    ) -> None:
        """Save and end if a signal was received."""
        free = get_world_size() == 1 or not torch.cuda.is_available()
        due = free or self.every_n_train_iters(runner, self.interval)
        # The wrapper has counted this iteration.
        if due and starts_a_step(runner.optim_wrapper):
            self._obey(runner, runner.epoch, runner.iter + 1)

    def after_val_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Sequence | None = None,
    ) -> None:
        """End if a signal was received; one process only."""
        # Processes may have different numbers of batches.
        if get_world_size() == 1:
            self._obey(runner, runner.epoch, runner.iter)

    def after_val_epoch(
        self, runner: Runner, metrics: dict[str, float] | None = None
    ) -> None:
        """End if a signal was received."""
        self._obey(runner, runner.epoch, runner.iter)

    def after_train(self, runner: Runner) -> None:
        """Leave the signals to the program again."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self._received:
            # Again: end as a program without this hook.
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        self._received = number

    def _obey(self, runner: Runner, epoch: int, iteration: int) -> None:
        """Save and end if any process has received a signal."""
        if self._saver is None or not self._before:
            return
        received = self._received
        if get_world_size() > 1:
            tensor = torch.tensor(received)
            all_reduce(tensor, op='max')
            received = int(tensor)
        if not received:
            return
        path = self._saver.save_now(runner, epoch, iteration)
        self.after_train(runner)
        self._received = 0
        runner.logger.warning(
            f'{signal.Signals(received).name} after iteration {iteration}: '
            f'the training is not complete. It was saved to {path}; the same '
            'command with --resume goes on from there'
        )
        raise SystemExit(_ENDED_BY_SIGNAL + received)


def _start_worker(
    signals: Sequence[signal.Signals],
    worker_init_fn: Callable[[int], None] | None,
    worker_id: int,
) -> None:
    """Let a data-loading process obey the signals of its parent alone.

    A cluster sends its signal to all processes of a job. PyTorch's workers
    would end at once, and the training would fail for want of data before it
    has saved.

    Args:
        signals (Sequence[signal.Signals]): Signals to wait for.
        worker_init_fn (Callable | None): The data loader's own function.
        worker_id (int): Number of the worker.
    """
    if hasattr(signal, 'sigwaitinfo'):  # not on macOS and Windows
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        threading.Thread(
            target=_obey_parent, args=(signals,), daemon=True
        ).start()
    if worker_init_fn is not None:
        worker_init_fn(worker_id)


def _obey_parent(signals: Sequence[signal.Signals]) -> None:
    while signal.sigwaitinfo(signals).si_pid != os.getppid():
        pass
    os._exit(0)
