"""Types of arguments say what is allowed."""

from argparse import ArgumentTypeError

import pytest

from mmdmr.cli.argument_types import not_negative, whole


@pytest.mark.parametrize('text, value', [('1', 1), ('7', 7), ('1000', 1000)])
def test_whole_numbers_in_the_range(text, value):
    assert whole(1, 1000)(text) == value


@pytest.mark.parametrize('text', ['0', '1001', '-1', '1.5', 'x', '', '9' * 30])
def test_other_texts_are_refused(text):
    with pytest.raises(ArgumentTypeError, match='number from 1 to 1000, not'):
        whole(1, 1000)(text)


@pytest.mark.parametrize('text', ['-0.1', 'nan', 'inf', 'x', '1e308'])
def test_a_number_is_finite_and_not_negative(text):
    assert not_negative('1.6') == 1.6
    with pytest.raises(ArgumentTypeError, match='of 0 or more, not'):
        not_negative(text)
