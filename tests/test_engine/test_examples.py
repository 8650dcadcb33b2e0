"""The examples in the docstrings of the package run."""

import torch
from docstring_examples import run_examples

from mmdmr import engine
from mmdmr.engine import checks


def test_examples_in_docstrings():
    kept = torch.serialization.get_safe_globals()
    try:
        assert run_examples(engine) + run_examples(checks) > 15
    finally:
        torch.serialization.clear_safe_globals()
        torch.serialization.add_safe_globals(kept)
