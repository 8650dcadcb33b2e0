"""Hook that writes the memory."""

from typing import Any

from mmengine.runner import Runner

from mmdmr.engine.checks import check_training
from mmdmr.engine.module_hook import ModuleHook
from mmdmr.registry import HOOKS


@HOOKS.register_module()
class MemoryQueueHook(ModuleHook):
    """Commits the staged keys after every training iteration.

    The hook works with any model that has a module with ``commit()``, such as
    :class:`~mmdmr.models.MemoryQueue`; ``commit()`` returns the number of
    refused keys, or None. Three more methods of the module are called if they
    exist:

    - ``reset()`` at the start of a run that is not resumed. A resumed run goes
      on with the keys of its checkpoint. ``load_from`` restores weights only:
      stored keys would carry person ids of another data set.
    - ``discard()`` before training, in case an iteration was interrupted
      before its keys were written.
    - ``statistics()``, logged as ``memory_<name>``. A name with a slash would
      be a validation metric for MMDetection's ``analyze_logs``.

    Before training the hook checks that the training can work, see
    :func:`~mmdmr.engine.checks.check_training`.

    Args:
        memory (str): Path of the memory in the model. Defaults to 'memory'.
        interval (int): Iterations between two log entries. Defaults to 10.

    Raises:
        InputError: The path leads nowhere, or the training would be useless.
            The error is raised before the first iteration.
        ResumeError: The checkpoint to resume from has no such memory, or a
            memory of another size.
    """

    argument = 'memory'
    method = 'commit'

    def __init__(self, memory: str = 'memory', interval: int = 10) -> None:
        self.memory = memory
        self.interval = interval

    def before_train(self, runner: Runner) -> None:
        """Find the memory; empty it unless the run is resumed."""
        check_training(runner)
        super().before_train(runner)
        self._memory = self.find(runner)
        if hasattr(self._memory, 'discard'):
            self._memory.discard()

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: dict | None = None,
    ) -> None:
        """Write the staged keys and log statistics of the memory."""
        refused = self._memory.commit()
        if refused:
            runner.logger.warning(
                f'iteration {runner.iter + 1}: {refused} keys hold NaN or '
                'infinity and were not stored. If this goes on, lower the '
                'learning rate or train without mixed precision.'
            )
        if self.every_n_train_iters(runner, self.interval) and hasattr(
            self._memory, 'statistics'
        ):
            for name, value in self._memory.statistics().items():
                runner.message_hub.update_scalar(f'train/memory_{name}', value)
