"""Hook that updates the key encoder."""

from typing import Any

from mmengine.optim import OptimWrapper
from mmengine.runner import Runner

from mmdmr.engine.checks.hooks import check_hooks
from mmdmr.engine.module_hook import ModuleHook
from mmdmr.engine.optimizer_steps import starts_a_step
from mmdmr.engine.submodule import find_submodule
from mmdmr.errors import InputError
from mmdmr.registry import HOOKS


@HOOKS.register_module()
class EMAEncoderHook(ModuleHook):
    """Updates the key encoder before each training iteration.

    The hook works with any model that has a module with ``update(source)``,
    such as :class:`~mmdmr.models.KeyEncoder`. With gradient accumulation the
    key encoder is updated once an optimizer step; with several optimizers,
    once any optimizer steps. Two more methods of the module are called if they
    exist:

    - ``reset()`` at the start of a run that is not resumed: the key encoder
      becomes a copy of the network, loaded weights included.
    - ``distance(source)``, the relative distance between key encoder and
      network, logged as ``ema_distance``.

    A hook of your own that updates a key encoder differently should subclass
    this one.

    Args:
        key_encoder (str): Path of the key encoder in the model. Defaults to
            'key_encoder'.
        source (str): Path of the module to follow, '' for the model itself.
            Defaults to ''.
        interval (int): Iterations between two log entries. Defaults to 10.

    Raises:
        InputError: A path leads nowhere, the optimizer's wrapper does not
            tell when the optimizer steps (DeepSpeed), the model's wrapper
            holds parameters in pieces (FSDP), or another module lacks its
            hook. The error is raised before the first iteration.
        ResumeError: The checkpoint to resume from has no such module.
    """

    argument = 'key_encoder'
    method = 'update'

    def __init__(
        self,
        key_encoder: str = 'key_encoder',
        source: str = '',
        interval: int = 10,
    ) -> None:
        super().__init__()
        self.key_encoder = key_encoder
        self.source = source
        self.interval = interval

    def find_source(self, runner: Runner) -> Any:
        """Find the module to follow.

        Args:
            runner (Runner): Runner with the model.

        Returns:
            nn.Module: The module.

        Raises:
            InputError: The path leads nowhere.
        """
        return find_submodule(
            runner.model, self.source, 'forward', 'EMAEncoderHook.source'
        )

    def before_train(self, runner: Runner) -> None:
        """Find both modules; reset the key encoder of a new run."""
        check_hooks(runner)
        if not isinstance(runner.optim_wrapper, OptimWrapper):
            raise InputError(
                'EMAEncoderHook cannot tell when a '
                f'{type(runner.optim_wrapper).__name__} steps; use an '
                'OptimWrapper or an OptimWrapperDict'
            )
        super().before_train(runner)
        self._key_encoder = self.find(runner)
        self._source = self.find_source(runner)

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None
    ) -> None:
        """Update the key encoder, once an optimizer step."""
        if starts_a_step(runner.optim_wrapper):
            self._key_encoder.update(self._source)

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Any = None,
    ) -> None:
        """Log the distance between key encoder and network."""
        if self.every_n_train_iters(runner, self.interval) and hasattr(
            self._key_encoder, 'distance'
        ):
            runner.message_hub.update_scalar(
                'train/ema_distance', self._key_encoder.distance(self._source)
            )
