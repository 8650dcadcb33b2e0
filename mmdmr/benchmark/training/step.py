"""A network and its optimizer, trained step by step under a clock."""

import copy
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from mmengine.config import Config, ConfigDict
from mmengine.logging import MMLogger
from mmengine.optim import build_optim_wrapper
from torch import nn

from mmdmr.benchmark.training.batches import NUM_IDS
from mmdmr.benchmark.training.parts import PartClock
from mmdmr.registry import MODELS

#: Parts of a step in the order of the report: name, object, method. The object
#: is a path in the trainer.
PARTS = (
    ('data', 'model.data_preprocessor', 'forward'),
    ('query pass', 'model', 'loss'),
    ('branch', 'model', 'embed'),
    ('key pass', 'model', 'encode_keys'),
    ('re-ID losses', 'model.reid_head', 'loss'),
    ('backward', 'optim_wrapper', 'backward'),
    ('optimizer', 'optim_wrapper', 'step'),
    ('optimizer', 'optim_wrapper', 'zero_grad'),
    ('EMA', 'model.key_encoder', 'update'),
    ('commit', 'model.memory', 'commit'),
)
#: Part of a step that no other part counts.
REST = 'rest'


class Trainer:
    """Trains a network as MMEngine's loop and the hooks of this package do.

    A step updates the key encoder, computes the losses and their gradients,
    steps the optimizer and commits the memory. The memory is full before the
    first step.

    Args:
        model (ConfigDict): Config of the network.
        cfg (Config): Config with ``optim_wrapper``.
        device (torch.device): Device that trains.
        weights (Mapping[str, Tensor]): Weights to start from, of all modules
            that the networks have in common. Defaults to none: the network's
            own initialisation.

    Attributes:
        model (nn.Module): The network.
        optim_wrapper (OptimWrapper): Its optimizer.
        num_not_finite (int): Steps whose loss was not finite.
    """

    def __init__(
        self,
        model: ConfigDict,
        cfg: Config,
        device: torch.device,
        weights: Mapping[str, torch.Tensor] | None = None,
    ) -> None:
        torch.manual_seed(0)
        self.model: Any = MODELS.build(copy.deepcopy(model))
        with _quiet_log():
            self.model.init_weights()
        if weights:
            self.model.load_state_dict(weights, strict=False)
        self.model.to(device).train()
        self.optim_wrapper = build_optim_wrapper(
            self.model, copy.deepcopy(cfg.optim_wrapper)
        )
        self.num_not_finite = 0
        self._memory = getattr(self.model, 'memory', None)
        self._key_encoder = getattr(self.model, 'key_encoder', None)
        if self._memory is not None:
            fill_memory(self._memory, model)
        self._clock = PartClock(device)
        for name, path, method in PARTS:
            owner = _find(self, path)
            if hasattr(owner, method):
                self._clock.watch(owner, method, name)

    def step(self, batch: dict[str, Any]) -> dict[str, float]:
        """Train one step.

        Args:
            batch (dict[str, Any]): Batch of a data loader, which stays as it
                is.

        Returns:
            dict[str, float]: Seconds by part, see :data:`PARTS`; ``rest`` is
            the time of the step outside these parts.
        """
        # Networks change the samples of their batch.
        batch = copy.deepcopy(batch)
        with self._clock.part(REST):
            # EMAEncoderHook: once an optimizer step, before the iteration.
            if (
                self._key_encoder is not None
                and self.optim_wrapper.should_update()
            ):
                self._key_encoder.update(self.model)
            logged = self.model.train_step(batch, self.optim_wrapper)
            # MemoryQueueHook: after the iteration.
            if self._memory is not None:
                self._memory.commit()
        seconds = self._clock.pop_seconds()
        self.num_not_finite += not logged['loss'].isfinite().item()
        return seconds


@contextmanager
def _quiet_log() -> Iterator[None]:
    """Without MMEngine's lines on each weight that is initialised."""
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel('WARNING')
    try:
        yield
    finally:
        logger.setLevel(level)


def _find(root: Any, path: str) -> Any:
    """Object at a dotted path, None where the path ends early."""
    for name in path.split('.'):
        root = getattr(root, name, None)
    return root


def fill_memory(memory: Any, model: ConfigDict) -> None:
    """Fill a memory with random keys, as it is after many steps.

    Args:
        memory (Memory): The memory.
        model (ConfigDict): Config of the network with this memory.
    """
    cfg = model.memory
    labelled = torch.arange(cfg.get('num_labelled', cfg.get('num_ids', 0)))
    ids = torch.cat(
        [
            labelled % cfg.get('num_ids', NUM_IDS),
            labelled.new_full((cfg.get('num_unlabelled', 0),), -1),
        ]
    )
    keys = F.normalize(torch.randn(len(ids), model.reid_head.out_channels))
    device = _device_of(memory)
    memory.stage(keys.to(device), ids.to(device))
    memory.commit()


def _device_of(module: nn.Module) -> torch.device:
    """Device of a module, the CPU for a module without tensors."""
    return next((b.device for b in module.buffers()), torch.device('cpu'))


def build_trainers(
    models: Mapping[str, ConfigDict],
    names: Iterable[str],
    cfg: Config,
    device: torch.device,
) -> dict[str, Trainer]:
    """Build networks that start from the same weights.

    Args:
        models (Mapping[str, ConfigDict]): Configs of the networks by name,
            each with the parts of the network before.
        names (Iterable[str]): Networks to build.
        cfg (Config): Config with ``optim_wrapper``.
        device (torch.device): Device that trains.

    Returns:
        dict[str, Trainer]: Networks by name, in the order of ``names``.
    """
    trainers: dict[str, Trainer] = {}
    weights: Mapping[str, torch.Tensor] = {}
    # The last network has the parts of all.
    for name in reversed([*names]):
        trainers[name] = Trainer(models[name], cfg, device, weights)
        weights = weights or trainers[name].model.state_dict()
    return {name: trainers[name] for name in names}
