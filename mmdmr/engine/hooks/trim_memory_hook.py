"""Hook that gives free memory back to the system between two epochs."""

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmdmr.engine.allocator import trim_memory
from mmdmr.registry import HOOKS


@HOOKS.register_module()
class TrimMemoryHook(Hook):
    """Gives free memory back behind each epoch and each validation.

    :func:`~mmdmr.engine.allocator.keep_memory` keeps all freed memory, so that
    an iteration takes the memory of the one before. A checkpoint and a
    validation allocate tensors of other sizes between two epochs, and leave
    pieces of free memory that fit the tensors of no iteration. Kept for ever,
    such pieces pile up. The first iteration of an epoch gets fresh memory in
    place of them.

    :func:`~mmdmr.engine.launch.build_runner` adds the hook to each run.

    Example:
        In a config for another program:

        >>> custom_hooks = [dict(type='mmdmr.TrimMemoryHook')]
    """

    # Behind the hook that writes the checkpoint, which is VERY_LOW.
    priority = 'LOWEST'

    def after_train_epoch(self, runner: Runner) -> None:
        """Give back what the epoch and its checkpoint left.

        Args:
            runner (Runner): Runner at the end of an epoch.
        """
        trim_memory()

    def after_val_epoch(
        self, runner: Runner, metrics: dict[str, float] | None = None
    ) -> None:
        """Give back what the validation left.

        Args:
            runner (Runner): Runner at the end of a validation.
            metrics (dict | None): Not used. Defaults to None.
        """
        trim_memory()
