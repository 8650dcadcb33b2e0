"""Examples in docstrings run, and every public object has one."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

from mmdmr import models

MODULES = [
    module.name
    for module in pkgutil.walk_packages(models.__path__, 'mmdmr.models.')
    if not module.ispkg
]


@pytest.mark.parametrize('name', MODULES)
def test_examples_in_docstrings(name):
    module = importlib.import_module(name)
    assert doctest.testmod(module).failed == 0
    for public, value in vars(module).items():
        if (
            not public.startswith('_')
            and getattr(value, '__module__', None) == name
            and (inspect.isclass(value) or inspect.isfunction(value))
        ):
            assert '>>> ' in value.__doc__, public
