"""The error for wrong input."""

import pytest

from mmdmr import errors


def test_wrong_input_is_a_value_error():
    with pytest.raises(ValueError, match='scores.json'):
        raise errors.InputError('scores.json: not a JSON file')
