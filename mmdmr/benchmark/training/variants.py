"""The networks whose training steps are compared."""

import copy
import inspect
from typing import Any

from mmdet.models.detectors import BaseDetector
from mmengine.config import Config, ConfigDict

from mmdmr.errors import InputError
from mmdmr.models import PersonSearchMixin
from mmdmr.registry import MODELS

#: Names of the networks, each with one part more than the network before.
VARIANTS = ('plain', 'branch', 'memory', 'keys')
#: Arguments that a person-search detector has beside its detector's: those
#: that the mixin names.
_OURS = inspect.getfullargspec(PersonSearchMixin.__init__).kwonlyargs


def variants_of(cfg: Config) -> dict[str, ConfigDict]:
    """Derive the networks to compare from the config of the last network.

    Args:
        cfg (Config): Config of a person-search network.

    Returns:
        dict[str, ConfigDict]: Config of the model by name: ``plain`` is the
        detector alone; ``branch`` compares the persons of a batch with each
        other; ``memory`` compares with the config's memory, filled with the
        batch's own embeddings; ``keys`` has the key encoder, too. A network
        that would equal the network before is left out, as ``keys`` for a
        config without key encoder. No network loads pretrained weights.

    Raises:
        InputError: The model is no person-search detector.

    Example:
        >>> from mmdmr.config import load_config
        >>> found = variants_of(load_config('dmrnet_fcos_r50_fpn_1x_prw'))
        >>> {name: model.type for name, model in found.items()}['plain']
        <class 'mmdet.models.detectors.fcos.FCOS'>
        >>> [*found]
        ['plain', 'branch', 'memory', 'keys']
    """
    model = _without_pretrained(cfg.model)
    plain = ConfigDict({k: v for k, v in model.items() if k not in _OURS})
    plain.type = _detector_of(model)
    found = dict(plain=plain)
    memory = model.memory
    # Other memories than queues, as OIM's table, belong to their loss.
    if 'num_labelled' in memory:
        branch = copy.deepcopy(model)
        branch.update(key_encoder=None)
        branch.memory.type = 'mmdmr.BatchMemory'
        found['branch'] = branch
    if not str(memory.type).endswith('BatchMemory'):
        found['memory'] = copy.deepcopy(model)
        found['memory'].update(key_encoder=None)
    if model.get('key_encoder'):
        found['keys'] = model
    return found


def _detector_of(model: ConfigDict) -> type[BaseDetector]:
    """Class of the detector that the mixin was added to."""
    kind = (
        MODELS.get(model.type) if isinstance(model.type, str) else model.type
    )
    if kind is None or not issubclass(kind, PersonSearchMixin):
        raise InputError(
            f'model.type={model.type} is no detector for person search; name '
            'a config of a network with reid_head and memory'
        )
    return next(
        parent
        for parent in kind.__mro__
        if issubclass(parent, BaseDetector)
        and not issubclass(parent, PersonSearchMixin)
    )


def _without_pretrained(entry: Any) -> Any:
    """Copy of a config in which no module loads weights from a file."""
    if isinstance(entry, dict):
        init_cfg = entry.get('init_cfg')
        return ConfigDict(
            {
                key: None
                if key == 'init_cfg' and _is_pretrained(init_cfg)
                else _without_pretrained(value)
                for key, value in entry.items()
            }
        )
    if isinstance(entry, (list, tuple)):
        return type(entry)(
            _without_pretrained(value)
            for value in entry
            if not _is_pretrained(value)
        )
    return copy.deepcopy(entry)


def _is_pretrained(init_cfg: Any) -> bool:
    return isinstance(init_cfg, dict) and init_cfg.get('type') == 'Pretrained'
