"""Check that each process of a run will have the whole network."""

from typing import Any

from mmengine._strategy import FSDPStrategy, SingleDeviceStrategy
from mmengine.config import Config
from mmengine.registry import MODEL_WRAPPERS, STRATEGIES, Registry

from mmdmr.engine.submodule import keeps_whole
from mmdmr.errors import InputError


def check_wrappers(cfg: Config) -> None:
    """Refuse a config that cuts the network into pieces.

    The loss compares whole embeddings with whole keys, and the key encoder is
    an average of whole weights. FSDP, DeepSpeed and Colossal-AI give each
    process a piece. The config is read before MMEngine builds the runner:
    these packages need not be installed. A config without a memory passes.

    Args:
        cfg (Config): Config of MMEngine's Runner or FlexibleRunner.

    Raises:
        InputError: ``model_wrapper_cfg`` or ``strategy`` names such a class.

    Example:
        >>> cfg = Config(dict(model=dict(memory=dict(type='MemoryQueue'))))
        >>> check_wrappers(cfg)
        >>> cfg.model_wrapper_cfg = dict(type='MMFullyShardedDataParallel')
        >>> try:
        ...     check_wrappers(cfg)
        ... except InputError as error:
        ...     print(str(error)[:45])
        model_wrapper_cfg: MMFullyShardedDataParallel
    """
    model = cfg.get('model')
    if not isinstance(model, dict) or not model.get('memory'):
        return
    wrapper, strategy = cfg.get('model_wrapper_cfg'), cfg.get('strategy')
    _check('model_wrapper_cfg', _class_of(wrapper, MODEL_WRAPPERS))
    _check('strategy', _class_of(strategy, STRATEGIES))
    if isinstance(strategy, dict):
        wrapper = strategy.get('model_wrapper')
        _check('strategy.model_wrapper', _class_of(wrapper, MODEL_WRAPPERS))


def _class_of(entry: Any, registry: Registry) -> type | None:
    """Class that an entry of a config names; None if it names none."""
    kind = entry.get('type') if isinstance(entry, dict) else None
    return registry.get(kind) if isinstance(kind, str) else kind


def _check(entry: str, kind: type | None) -> None:
    """Refuse a class by which no process has the whole network."""
    if kind is None or keeps_whole(kind):
        return
    # DDPStrategy is a SingleDeviceStrategy, FSDPStrategy is a DDPStrategy.
    if issubclass(kind, SingleDeviceStrategy) and not issubclass(
        kind, FSDPStrategy
    ):
        return
    raise InputError(
        f'{entry}: {kind.__name__} gives each process a piece of the network, '
        'but memory and key encoder need the whole network in each process. '
        f'Remove {entry} from the config: DistributedDataParallel then trains '
        'the network. To save memory of a GPU, lower '
        'train_dataloader.batch_size and raise '
        'optim_wrapper.accumulative_counts, or take --amp'
    )
