"""Find, inherit, check and complete configs.

The config files are in ``configs/``: beside the package in the source tree,
inside the package once installed.
"""

from mmdmr.stack import load_stack

load_stack()

from mmdmr.files import project_root

from .data_root import datasets_of, replace_data_root, resolve_data_roots
from .find import find_config, own_configs
from .guards import add_guards
from .load import load_config, load_run_config, load_test_set, read_config
from .schedule import set_epochs

__all__ = [
    'add_guards',
    'datasets_of',
    'find_config',
    'load_config',
    'load_run_config',
    'load_test_set',
    'own_configs',
    'project_root',
    'read_config',
    'replace_data_root',
    'resolve_data_roots',
    'set_epochs',
]
