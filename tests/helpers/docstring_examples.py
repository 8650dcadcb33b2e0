"""Run the examples in the docstrings of a package."""

import doctest
import importlib
import pkgutil


def run_examples(package):
    """Run the examples of all modules of a package; give their number."""
    tried = 0
    for module in pkgutil.iter_modules(
        package.__path__, package.__name__ + '.'
    ):
        result = doctest.testmod(importlib.import_module(module.name))
        assert result.failed == 0, module.name
        tried += result.attempted
    return tried
