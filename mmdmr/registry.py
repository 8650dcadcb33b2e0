"""Registries of the scope ``mmdmr``.

A config needs no ``custom_imports``: ``type='mmdmr.DMRHead'`` makes MMEngine
import this module, and the registry imports the modules in its ``locations``,
which register their classes.

The parents are MMEngine's root registries, not MMDetection's. The root looks
for a scope among its own children only, so that a plain MMEngine runner would
not find hooks below MMDetection's registry.

Example:
    >>> MODELS.get('mmdmr.PairLoss').__name__
    'PairLoss'
"""

from mmdmr.stack import load_stack

load_stack()

from mmengine import registry as mmengine_registry
from mmengine.registry import Registry


def _child(name: str, parent: Registry, *locations: str) -> Registry:
    """Registry below a registry of MMEngine."""
    return Registry(
        name, parent=parent, scope='mmdmr', locations=list(locations)
    )


DATASETS = _child('dataset', mmengine_registry.DATASETS, 'mmdmr.datasets')
DATA_SAMPLERS = _child(
    'data sampler', mmengine_registry.DATA_SAMPLERS, 'mmdmr.datasets'
)
TRANSFORMS = _child(
    'transform', mmengine_registry.TRANSFORMS, 'mmdmr.datasets'
)
MODELS = _child('model', mmengine_registry.MODELS, 'mmdmr.models')
TASK_UTILS = _child('task util', mmengine_registry.TASK_UTILS, 'mmdmr.models')
HOOKS = _child('hook', mmengine_registry.HOOKS, 'mmdmr.engine.hooks')
OPTIM_WRAPPERS = _child(
    'optim_wrapper', mmengine_registry.OPTIM_WRAPPERS, 'mmdmr.engine.bfloat16'
)
METRICS = _child(
    'metric', mmengine_registry.METRICS, 'mmdmr.evaluation.metrics'
)
VISUALIZERS = _child(
    'visualizer',
    mmengine_registry.VISUALIZERS,
    'mmdmr.visualization.person_search_visualizer',
)
