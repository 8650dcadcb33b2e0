"""Colours can be told apart, and are written as CSS takes them."""

import pytest

from mmdmr.visualization import palette


def test_a_colour_in_hexadecimal():
    assert palette.hexadecimal((0, 10, 255)) == '#000aff'


@pytest.mark.parametrize(
    'colours',
    [
        [palette.QUERY, palette.MISSED, *palette.MATCHES.values()],
        [palette.QUERY, *palette.VERDICTS.values()],
        [palette.UNLABELLED, *palette.PERSONS],
        palette.CURVES,
    ],
)
def test_no_colour_means_two_things(colours):
    assert len(set(colours)) == len(colours)
    assert all(0 <= value <= 255 for colour in colours for value in colour)
