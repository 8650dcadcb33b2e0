"""Colours as numbers."""

import numpy as np

from mmdmr.synthetic.colours import rgb


def test_colours_of_tables_and_of_pictures():
    for colour in ((0, 51, 255), np.array([0, 51, 255])):
        assert rgb(colour).dtype == np.float32
        np.testing.assert_allclose(rgb(colour), [0, 0.2, 1])
