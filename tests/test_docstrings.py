"""Examples in docstrings run; arguments are those that a function takes."""

import doctest
import importlib
import inspect
import pkgutil
import re

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


def documented(value):
    """Names that the section "Args" of a docstring describes, or None."""
    doc = inspect.cleandoc(value.__doc__ or '')
    args = re.search(r'^Args:\n((?: .*\n?|\n)*)', doc, re.M)
    return args and set(
        re.findall(r'^    \*{0,2}(\w+)(?= \(|:)', args[1], re.M)
    )


def functions_of(module):
    """Classes, functions and methods that a module defines, by name."""
    for name, value in vars(module).items():
        if getattr(value, '__module__', None) != module.__name__:
            continue
        if inspect.isfunction(value) or inspect.isclass(value):
            yield name, value
        if inspect.isclass(value):
            for method, function in inspect.getmembers(value, callable):
                if method in vars(value) and not method.startswith('__'):
                    yield f'{name}.{method}', function


@pytest.mark.parametrize('name', MODULES)
def test_the_section_args_names_what_a_function_takes(name):
    for public, function in functions_of(importlib.import_module(name)):
        described = documented(function)
        # What goes through to another class is described there.
        if described is not None and 'kwargs' not in described:
            taken = set(inspect.signature(function).parameters)
            assert described == taken - {'self'}, public
