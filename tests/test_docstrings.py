"""Examples in docstrings run; public objects of the method have one."""

import doctest
import importlib
import inspect
import pkgutil

import pytest
import torch

import mmdmr

MODULES = [
    module.name
    for module in pkgutil.walk_packages(mmdmr.__path__, 'mmdmr.')
    if not module.ispkg
    and '.cli' not in module.name
    and not module.name.endswith('__main__')
]
#: Packages in which every public class and function shows an example.
SHOWN = ('mmdmr.models.', 'mmdmr.structures.')


@pytest.fixture
def safe_globals():
    """What PyTorch may load, as it was before an example changed it."""
    kept = torch.serialization.get_safe_globals()
    yield
    torch.serialization.clear_safe_globals()
    torch.serialization.add_safe_globals(kept)


@pytest.mark.parametrize('name', MODULES)
def test_examples_run(name, safe_globals):
    module = importlib.import_module(name)
    assert doctest.testmod(module).failed == 0
    if name.startswith(SHOWN):
        without = [
            public
            for public, value in vars(module).items()
            if not public.startswith('_')
            and getattr(value, '__module__', None) == name
            and (inspect.isclass(value) or inspect.isfunction(value))
            and '>>> ' not in (value.__doc__ or '')
        ]
        assert not without
