"""Empty scenes."""

import numpy as np
import pytest

from mmdmr.synthetic.backgrounds import HORIZON, PAINTERS, draw_background


@pytest.mark.parametrize('kind', PAINTERS)
def test_a_scene_has_its_size_and_differs_by_seed(kind):
    first, again, other = (
        draw_background(kind, np.random.default_rng(seed), 120, 80)
        for seed in (0, 0, 1)
    )
    assert first.shape == (80, 120, 3) and first.dtype == np.float32
    assert first.min() >= 0 and first.max() <= 1
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert 0 < HORIZON[kind] < 0.5
