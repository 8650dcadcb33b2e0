"""When the key encoder follows the network."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmdmr.engine.hooks.checkpoint import check_or_drop
from mmdmr.engine.hooks.submodule import find_submodule
from mmdmr.registry import HOOKS


@HOOKS.register_module()
class EMAEncoderHook(Hook):
    """Updates the key encoder before each training iteration.

    Works with any model that has a module with ``update(source)``, such as
    :class:`~mmdmr.models.KeyEncoder`. With gradient accumulation the update
    happens once an optimizer step. If the module has ``reset()``, that is
    called at the start of a run that is not a resumed one, so that it becomes
    a copy of the network, loaded weights included. If it has
    ``distance(source)``, the relative distance between the two is logged as
    ``ema_distance``.

    Args:
        key_encoder (str): Path of the key encoder in the model. Defaults to
            'key_encoder'.
        source (str): Path of the module it follows, '' for the model itself.
            Defaults to ''.
        interval (int): Iterations between two log entries. Defaults to 10.

    Raises:
        ValueError: Before training, if a path leads nowhere.
    """

    priority = 'NORMAL'

    def __init__(
        self,
        key_encoder: str = 'key_encoder',
        source: str = '',
        interval: int = 10,
    ) -> None:
        self.key_encoder = key_encoder
        self.source = source
        self.interval = interval

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Keep the key encoder of a resumed run only."""
        check_or_drop(runner, checkpoint, self.key_encoder, self._find(runner))

    def before_train(self, runner: Runner) -> None:
        """Find both modules; start a copy unless the run is resumed."""
        self._key_encoder = self._find(runner)
        self._source = find_submodule(
            runner.model, self.source, 'forward', 'EMAEncoderHook.source'
        )
        if runner.iter == 0 and hasattr(self._key_encoder, 'reset'):
            self._key_encoder.reset()

    def _find(self, runner: Runner) -> Any:
        return find_submodule(
            runner.model,
            self.key_encoder,
            'update',
            'EMAEncoderHook.key_encoder',
        )

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None
    ) -> None:
        """Let the key encoder follow, once an optimizer step."""
        if runner.optim_wrapper.should_update():
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
