import cv2
import numpy as np

from mmdmr.benchmark.training.growth import Cell
from mmdmr.benchmark.training.growth_model import Growth
from mmdmr.benchmark.training.growth_plot import draw_growth


def test_curves_are_drawn(tmp_path):
    cells = [
        Cell(size, num, size, 1e-3 * (1 + size * num), 0, 0, 0, 0, 0)
        for num in (1, 5, 9)
        for size in (0, 256, 4096)
    ]
    formula = Growth(1e-3, 0, 0, 1e-3, 0, 0)
    path = tmp_path / 'plots' / 'growth.png'
    draw_growth(cells, formula, path)
    picture = cv2.imread(str(path))
    assert picture.shape[0] > 400
    # Three curves, in a colour each.
    strong = picture[np.ptp(picture.astype(int), axis=2) > 100]
    assert len(np.unique(strong // 64, axis=0)) >= 3
