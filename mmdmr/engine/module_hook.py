"""A hook that serves one module of the model."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor

from mmdmr.engine.resume import check_entries, take_entries
from mmdmr.engine.submodule import find_submodule


class ModuleHook(Hook):
    """Finds its module, and restores it when a run is resumed.

    A run that is resumed goes on with the module's state in the checkpoint,
    whether by ``resume=True`` or by ``runner.resume(path)``. Any other run
    starts with ``reset()``, if the module has that, and takes nothing of the
    module from the weights it loads. One that is trained further in the same
    process keeps the module as it is.

    A subclass names the entry of a config that holds the path
    (:attr:`argument`), which is also the attribute that keeps it, and the
    method the module must have.
    """

    priority = 'NORMAL'
    argument: str
    method: str

    _stored: dict[str, Tensor] | None = None
    _loaded_at: int = 0

    def find(self, runner: Runner) -> Any:
        """Find the module.

        Args:
            runner (Runner): The runner.

        Returns:
            nn.Module: The module.

        Raises:
            ValueError: The path leads nowhere, or to something else.
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
        """Leave the module's state to a resumed run, else put it aside.

        ``runner.resume(path)`` looks like ``load_from`` at this point: which
        of the two it was shows in :meth:`before_train`.

        Raises:
            ResumeError: The run is to be resumed, but the checkpoint lacks
                the module's state or has it in another size.
        """
        module = self.find(runner)
        entries = take_entries(checkpoint, self.path)
        if not runner._resume:
            self._stored, self._loaded_at = entries, runner.iter
            return
        check_entries(entries, self.path, module)
        stored = checkpoint.get('state_dict', checkpoint)
        stored.update({f'{self.path}.{k}': v for k, v in entries.items()})

    def before_train(self, runner: Runner) -> None:
        """Restore the module of a resumed run, let any other start anew.

        Raises:
            ResumeError: As :meth:`after_load_checkpoint`.
        """
        module = self.find(runner)
        if runner.iter == 0:
            if hasattr(module, 'reset'):
                module.reset()
        elif self._stored is not None and runner.iter != self._loaded_at:
            check_entries(self._stored, self.path, module)
            module.load_state_dict(self._stored)
        self._stored = None
