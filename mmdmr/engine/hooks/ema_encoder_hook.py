"""When the key encoder follows the network."""

from typing import Any

from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import Runner

from mmdmr.engine.checks.hooks import check_hooks
from mmdmr.engine.module_hook import ModuleHook
from mmdmr.engine.submodule import find_submodule
from mmdmr.errors import InputError
from mmdmr.registry import HOOKS


@HOOKS.register_module()
class EMAEncoderHook(ModuleHook):
    """Updates the key encoder before each training iteration.

    Works with any model that has a module with ``update(source)``, such as
    :class:`~mmdmr.models.KeyEncoder`. With gradient accumulation the update
    happens once an optimizer step; with several optimizers, once any of them
    steps. If the module has ``reset()``, that is called at the start of a run
    that is not a resumed one, so that it becomes a copy of the network, loaded
    weights included. If it has ``distance(source)``, the relative distance
    between the two is logged as ``ema_distance``. A hook of your own that
    updates a key encoder otherwise is a subclass of this one.

    Args:
        key_encoder (str): Path of the key encoder in the model. Defaults to
            'key_encoder'.
        source (str): Path of the module it follows, '' for the model itself.
            Defaults to ''.
        interval (int): Iterations between two log entries. Defaults to 10.

    Raises:
        ValueError: Before training, if a path leads nowhere, the optimizer's
            wrapper does not tell when it steps (DeepSpeed), the model's
            wrapper holds parameters in pieces (FSDP), or another module needs
            a hook that is not there.
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
        self.key_encoder = key_encoder
        self.source = source
        self.interval = interval

    def find_source(self, runner: Runner) -> Any:
        """Find the module that is followed.

        Args:
            runner (Runner): The runner.

        Returns:
            nn.Module: The module.

        Raises:
            ValueError: The path leads nowhere.
        """
        return find_submodule(
            runner.model, self.source, 'forward', 'EMAEncoderHook.source'
        )

    def before_train(self, runner: Runner) -> None:
        """Find both modules; start a copy unless the run is resumed."""
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
        """Let the key encoder follow, once an optimizer step."""
        if _starts_a_step(runner.optim_wrapper):
            self._key_encoder.update(self._source)

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Any = None,
    ) -> None:
        """Log how far the two have come apart."""
        if self.every_n_train_iters(runner, self.interval) and hasattr(
            self._key_encoder, 'distance'
        ):
            runner.message_hub.update_scalar(
                'train/ema_distance', self._key_encoder.distance(self._source)
            )


def _starts_a_step(optim_wrapper: OptimWrapper) -> bool:
    """Whether the coming iteration is the first after an optimizer step."""
    if isinstance(optim_wrapper, OptimWrapperDict):
        return any(w.should_update() for w in optim_wrapper.values())
    return optim_wrapper.should_update()
