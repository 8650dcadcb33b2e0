"""When the memory is written."""
from typing import Optional

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmdmr.engine.hooks.submodule import find_submodule
from mmdmr.registry import HOOKS


@HOOKS.register_module()
class MemoryQueueHook(Hook):
    """Commits the keys that were staged, after every training iteration.

    Works with any model that has a module with ``commit()``, such as
    :class:`~mmdmr.models.MemoryQueue`; what ``commit()`` returns is taken for
    the number of keys refused. If the module has ``reset()``, it is emptied
    at the start of a run that is not a resumed one: keys that came with
    loaded weights are other data's persons. If it has ``statistics()``, they
    are logged as ``memory/<name>``.

    Args:
        memory (str): Path of the memory in the model. Defaults to 'memory'.
        interval (int): Iterations between two log entries. Defaults to 10.

    Raises:
        ValueError: Before training, if the path leads nowhere.
    """

    priority = 'NORMAL'

    def __init__(self, memory: str = 'memory', interval: int = 10) -> None:
        self.memory = memory
        self.interval = interval

    def before_train(self, runner: Runner) -> None:
        self._memory = find_submodule(runner.model, self.memory, 'commit',
                                      'MemoryQueueHook.memory')
        if runner.iter == 0 and hasattr(self._memory, 'reset'):
            self._memory.reset()

    def after_train_iter(self,
                         runner: Runner,
                         batch_idx: int,
                         data_batch=None,
                         outputs: Optional[dict] = None) -> None:
        refused = self._memory.commit()
        if refused:
            runner.logger.warning(
                f'iteration {runner.iter + 1}: {refused} keys hold NaN or '
                'infinity and were not stored. If this goes on, lower the '
                'learning rate or train without mixed precision.')
        if (self.every_n_train_iters(runner, self.interval)
                and hasattr(self._memory, 'statistics')):
            for name, value in self._memory.statistics().items():
                runner.message_hub.update_scalar(f'train/memory/{name}', value)
