"""The examples in the docstrings of the package run."""

from docstring_examples import run_examples

from mmdmr import config


def test_examples_in_docstrings():
    assert run_examples(config) > 15
