"""Registries of scope ``mmdmr``.

``type='mmdmr.DMRHead'`` in a config imports this module, and the
``locations`` below import what registers itself, so that no
``custom_imports`` is needed. The parents are MMEngine's root registries: from
a plain MMEngine runner the root looks a scope up among its own children only,
so that hooks registered below MMDetection's would not be found there.
"""

from mmdmr.stack import load_stack

load_stack()

from mmengine import registry as mmengine_registry
from mmengine.registry import Registry


def _child(name: str, parent: Registry, *locations: str) -> Registry:
    return Registry(
        name, parent=parent, scope='mmdmr', locations=list(locations)
    )


DATASETS = _child('dataset', mmengine_registry.DATASETS, 'mmdmr.datasets')
TRANSFORMS = _child(
    'transform', mmengine_registry.TRANSFORMS, 'mmdmr.datasets'
)
MODELS = _child('model', mmengine_registry.MODELS, 'mmdmr.models')
TASK_UTILS = _child('task util', mmengine_registry.TASK_UTILS, 'mmdmr.models')
HOOKS = _child('hook', mmengine_registry.HOOKS, 'mmdmr.engine.hooks')
METRICS = _child(
    'metric', mmengine_registry.METRICS, 'mmdmr.evaluation.metrics'
)
VISUALIZERS = _child(
    'visualizer',
    mmengine_registry.VISUALIZERS,
    'mmdmr.visualization.person_search_visualizer',
)
