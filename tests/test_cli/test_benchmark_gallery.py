"""The benchmark of galleries runs on few persons; nothing is timed here."""

import json
import re

import numpy as np
import pytest
from tool_runner import tool

from mmdmr.benchmark.gallery import Simulation

main = tool('benchmark_gallery')

SMALL = ['--num', '2000', '--dim', '64', '--queries', '5', '--repeat', '1']


@pytest.mark.parametrize('stored', ['float16', 'int8'])
def test_all_figures(tmp_path, capsys, stored):
    out = tmp_path / 'figures.json'
    argv = [*SMALL, '--stored', stored, '--out', str(out)]
    assert main([*argv, '--work-dir', str(tmp_path)]) == 0
    # The gallery itself is gone.
    assert list(tmp_path.iterdir()) == [out]
    figures = json.loads(out.read_text())
    assert figures['search all']['recall'] > 0.9
    assert figures['search all']['num_searched'] == 2000
    assert figures['search filtered']['recall'] == 1
    assert figures['search filtered']['num_searched'] == 20
    width = dict(float16=128, int8=64)[stored]
    assert figures['building']['index_bytes'] > 2000 * width
    assert figures['building']['database_bytes'] > 2000 * width
    times = {
        name: value
        for values in figures.values()
        for name, value in values.items()
        if name.endswith(('_ms', 'seconds'))
    }
    assert len(times) == 9 and min(times.values()) > 0
    printed = capsys.readouterr().out
    named = [name for name in figures if name != 'arguments']
    assert all(f'{name}: ' in printed for name in named)


def test_the_product_may_be_left_out(capsys):
    assert main([*SMALL, '--no-product', '--filter-share', '0.5']) == 0
    out = capsys.readouterr().out
    assert 'product in memory' not in out
    assert re.search(r'search filtered: persons searched +1,000', out)


@pytest.mark.parametrize('share', ['0', '1.5', '-1'])
def test_wrong_share(share, capsys):
    with pytest.raises(SystemExit) as stop:
        main(['--filter-share', share])
    assert stop.value.code == 2
    assert '--filter-share must be above 0' in capsys.readouterr().err


def test_the_simulation_is_what_it_says():
    simulation = Simulation(1000, 256, seed=3)
    feats = np.concatenate(list(simulation.blocks(300)))
    assert feats.shape == (1000, 256)
    again = np.concatenate(list(Simulation(1000, 256, seed=3).blocks(300)))
    assert (feats == again).all()
    near = np.sort(simulation.queries(50) @ feats.T)
    # 20 views with a cosine of 0.7, the others are at right angles.
    assert abs(near[:, -20:].mean() - 0.7) < 0.01
    assert abs(near[:, :-20].mean()) < 0.01 and near[:, :-20].max() < 0.4


def test_embeddings_behind_a_relu():
    simulation = Simulation(1000, 128, seed=3, relu=True)
    feats = np.concatenate(list(simulation.blocks(300)))
    assert feats.shape == (1000, 128) and feats.min() == 0
    assert np.linalg.norm(feats, axis=1) == pytest.approx(1, abs=1e-5)
    spectrum = np.linalg.svd(feats - feats.mean(0), compute_uv=False)
    assert spectrum[0] > 3 * spectrum[40]  # not round
    # A person's 20 views are still the nearest, on the whole.
    near = np.sort(simulation.queries(50) @ feats.T)
    assert near[:, -20:].mean() > near[:, :-20].mean() + 0.3
