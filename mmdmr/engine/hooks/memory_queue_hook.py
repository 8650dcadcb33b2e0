"""When the memory is written."""

from typing import Any, Optional

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmdmr.engine.hooks.checkpoint import check_or_drop
from mmdmr.engine.hooks.submodule import find_submodule
from mmdmr.registry import HOOKS


@HOOKS.register_module()
class MemoryQueueHook(Hook):
    """Commits the keys that were staged, after every training iteration.

    Works with any model that has a module with ``commit()``, such as
    :class:`~mmdmr.models.MemoryQueue`; what ``commit()`` returns is taken for
    the number of keys refused. A resumed run goes on with the keys of its
    checkpoint; weights taken by ``load_from`` come without keys, which are
    other data's persons. If the module has ``reset()``, any other run starts
    with it; if it has ``statistics()``, they are logged as
    ``memory_<name>`` (MMDetection's ``analyze_logs`` takes a name with a
    slash for a validation figure).

    Args:
        memory (str): Path of the memory in the model. Defaults to 'memory'.
        interval (int): Iterations between two log entries. Defaults to 10.

    Raises:
        ValueError: Before training, if the path leads nowhere, or the
            checkpoint to resume from has a memory of another size.
    """

    priority = 'NORMAL'

    def __init__(self, memory: str = 'memory', interval: int = 10) -> None:
        self.memory = memory
        self.interval = interval

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Keep the memory of a resumed run only."""
        check_or_drop(runner, checkpoint, self.memory, self._find(runner))

    def before_train(self, runner: Runner) -> None:
        """Find the memory; empty it unless the run is resumed."""
        self._memory = self._find(runner)
        if runner.iter == 0 and hasattr(self._memory, 'reset'):
            self._memory.reset()

    def _find(self, runner: Runner) -> Any:
        return find_submodule(
            runner.model, self.memory, 'commit', 'MemoryQueueHook.memory'
        )

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Optional[dict] = None,
    ) -> None:
        """Write the staged keys, log figures of the memory."""
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
