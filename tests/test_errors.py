"""The error for wrong input."""

import doctest

import pytest

from mmdmr import errors


def test_wrong_input_is_a_value_error():
    with pytest.raises(ValueError, match='scores.json'):
        raise errors.InputError('scores.json: not a JSON file')


def test_examples_in_docstrings():
    result = doctest.testmod(errors)
    assert (result.failed, result.attempted) == (0, 1)
