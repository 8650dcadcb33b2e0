"""Hook that writes the memory."""

from typing import Any

from mmengine.runner import Runner
from torch import Tensor

from mmdmr.engine.checks import check_training
from mmdmr.engine.module_hook import ModuleHook
from mmdmr.registry import HOOKS


@HOOKS.register_module()
class MemoryQueueHook(ModuleHook):
    """Commits the staged keys after every training iteration.

    The hook works with any model that has a module with ``commit()``, such as
    :class:`~mmdmr.models.MemoryQueue`; ``commit()`` returns the number of
    refused keys, as a number or as a tensor, or None. The number is added up
    on the device, and read every ``interval`` iterations and after the
    training: reading waits for the device. Four more methods of the module are
    called if they exist:

    - ``reset()`` at the start of a run that is not resumed. A resumed run goes
      on with the keys of its checkpoint. ``load_from`` restores weights only:
      stored keys would carry person ids of another data set.
    - ``discard()`` before training, in case an iteration was interrupted
      before its keys were written.
    - ``check()`` every ``interval`` iterations and after the training, which
      raises an error that only a reading of the device can find.
    - ``statistics()`` every ``interval`` iterations, logged as
      ``memory_<name>``. A name with a slash would be a validation metric for
      MMDetection's ``analyze_logs``.

    Before training the hook checks that the training can work, see
    :func:`~mmdmr.engine.checks.check_training`.

    Args:
        memory (str): Path of the memory in the model. Defaults to 'memory'.
        interval (int): Iterations between two log entries, and between two
            readings of the refused keys. Defaults to 10.

    Raises:
        InputError: The path leads nowhere, or the training would be useless.
            The error is raised before the first iteration.
        ResumeError: The checkpoint to resume from has no such memory, or a
            memory of another size.
    """

    argument = 'memory'
    method = 'commit'

    def __init__(self, memory: str = 'memory', interval: int = 10) -> None:
        super().__init__()
        self.memory = memory
        self.interval = interval

    def before_train(self, runner: Runner) -> None:
        """Find the memory; empty it unless the run is resumed."""
        check_training(runner)
        super().before_train(runner)
        self._memory = self.find(runner)
        if hasattr(self._memory, 'discard'):
            self._memory.discard()
        # Refused keys that no warning has told of, and since when.
        self._refused: int | Tensor = 0
        self._reported = runner.iter

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: dict | None = None,
    ) -> None:
        """Write the staged keys; log statistics of the memory now and then."""
        refused = self._memory.commit()
        if refused is not None:
            # The sum of tensors stays on the device.
            self._refused = self._refused + refused
        if not self.every_n_train_iters(runner, self.interval):
            return
        self._report(runner, last=runner.iter + 1)
        if hasattr(self._memory, 'statistics'):
            for name, value in self._memory.statistics().items():
                runner.message_hub.update_scalar(f'train/memory_{name}', value)

    def after_train(self, runner: Runner) -> None:
        """Report what was found since the last report."""
        self._report(runner, last=runner.iter)

    def _report(self, runner: Runner, last: int) -> None:
        """Warn of refused keys, and let the memory check itself."""
        refused, first = int(self._refused), self._reported + 1
        self._refused, self._reported = 0, last
        if refused:
            when = f'iterations {first} to {last}'
            if first == last:
                when = f'iteration {last}'
            runner.logger.warning(
                f'{when}: {refused} keys hold NaN or infinity and were not '
                'stored. If this goes on, lower the learning rate or train '
                'without mixed precision.'
            )
        if hasattr(self._memory, 'check'):
            self._memory.check()
