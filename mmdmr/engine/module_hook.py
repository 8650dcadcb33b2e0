"""Base class of the hooks that serve one module of the model."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, Runner
from torch import Tensor

from mmdmr.engine.resume import check_entries, take_entries
from mmdmr.engine.safe_loading import guard_checkpoints
from mmdmr.engine.submodule import find_submodule


class ModuleHook(Hook):
    """Finds its module, and restores the module when a run is resumed.

    The module starts a training with one of three states:

    - a resumed run, by ``resume=True`` or by ``runner.resume(path)``: the
      state in the checkpoint;
    - a new run: the state after ``reset()``, if the module has this method.
      ``load_from`` restores weights only: a module's state would belong to
      another run's data;
    - ``runner.train()`` once more in the same process: the present state.

    A subclass sets :attr:`argument`, the entry of a config and the attribute
    that holds the path, and :attr:`method`, which the module must have.
    """

    priority = 'NORMAL'
    argument: str
    method: str

    _stored: dict[str, Tensor] | None = None
    _loaded_at: int = 0

    def __init__(self) -> None:
        # Before the runner loads anything, also if another program's runner.
        guard_checkpoints()

    def find(self, runner: Runner) -> Any:
        """Find the module.

        Args:
            runner (Runner): Runner with the model.

        Returns:
            nn.Module: The module.

        Raises:
            InputError: The path leads nowhere, or the module lacks the
                method.
        """
        return find_submodule(
            runner.model,
            self.path,
            self.method,
            f'{type(self).__name__}.{self.argument}',
        )

    @property
    def path(self) -> str:
        """str: Path of the module in the model."""
        return getattr(self, self.argument)

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Take the module's state out of a checkpoint that is loaded.

        With ``resume=True`` the state is put back at once. Otherwise the state
        is kept aside: ``runner.resume(path)`` looks like ``load_from`` at this
        point. :meth:`before_train` finds out which of the two was called.

        Args:
            runner (Runner): Runner that loads.
            checkpoint (dict): Checkpoint, or a bare state dict, to change.

        Raises:
            ResumeError: The run is to be resumed, but the checkpoint lacks
                the module's state or has it in another size.
        """
        module = self.find(runner)
        entries = take_entries(checkpoint, self.path)
        if not runner._resume:
            self._stored, self._loaded_at = entries, _iterations(runner)
            return
        check_entries(entries, self.path, module)
        stored = checkpoint.get('state_dict', checkpoint)
        stored.update({f'{self.path}.{k}': v for k, v in entries.items()})

    def before_train(self, runner: Runner) -> None:
        """Restore the module of a resumed run, reset that of a new run.

        Args:
            runner (Runner): Runner that is about to train.

        Raises:
            ResumeError: The run was resumed by hand, and the checkpoint lacks
                the module's state or has it in another size.
        """
        module = self.find(runner)
        # A new run is at iteration 0. A run resumed by hand moved on after
        # the checkpoint was loaded; load_checkpoint() leaves the count alone.
        if runner.iter == 0:
            if hasattr(module, 'reset'):
                module.reset()
        elif self._stored is not None and runner.iter != self._loaded_at:
            check_entries(self._stored, self.path, module)
            module.load_state_dict(self._stored)
        self._stored = None


def _iterations(runner: Runner) -> int:
    """Iterations trained; ``runner.iter`` would build the training's data."""
    loop = runner._train_loop
    return loop.iter if isinstance(loop, BaseLoop) else 0
