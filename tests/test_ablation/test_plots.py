"""Curves of sweeps."""

from ablation_results import made_up_result
from PIL import Image

from mmdmr.ablation import GROUPS
from mmdmr.ablation.plots import draw_sweep, draw_sweeps

RESULTS = [
    made_up_result(row, group='momentum', gt_mAP=v)
    for row, v in (('0.01', 0.5), ('0.1', 0.4))
]


def test_a_sweep_has_a_picture(tmp_path):
    draw_sweep(GROUPS['momentum'], RESULTS, tmp_path / 'f/p.png')
    assert (tmp_path / 'f/p.png').stat().st_size > 1000


def test_every_sweep_with_results_is_drawn_and_no_comparison(tmp_path):
    draw_sweeps([*RESULTS, made_up_result()], tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ['sweep_momentum.png']
    with Image.open(tmp_path / 'sweep_momentum.png') as picture:
        assert picture.size == (750, 525)
