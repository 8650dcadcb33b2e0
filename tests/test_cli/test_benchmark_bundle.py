"""The benchmark of bundles runs on small networks; nothing is timed here."""

import json

import cv2
import numpy as np
import pytest
from tiny_checkpoint import save_tiny_checkpoint
from tool_runner import tool
from two_networks import save_two_networks

main = tool('benchmark_bundle')


@pytest.fixture
def photos(tmp_path):
    rng = np.random.default_rng(0)
    folder = tmp_path / 'photos'
    folder.mkdir()
    for i in range(4):
        image = rng.integers(0, 256, (80, 80, 3), np.uint8)
        cv2.imwrite(str(folder / f'{i}.png'), image)
    return folder


@pytest.mark.slow
def test_all_figures(tmp_path, photos, capsys):
    """Two networks stand for a bundle; both embed in 12 dimensions."""
    model = save_two_networks(tmp_path)

    def shorter(cfg):
        cfg.model.reid_head.out_channels = 12

    config, checkpoint = save_tiny_checkpoint(tmp_path, change=shorter)
    out = tmp_path / 'figures.json'
    argv = [str(model), str(config), str(checkpoint), '--images', str(photos)]
    more = ['--num', '2', '--rounds', '2', '--threads', '1']
    assert main([*argv, *more, '--out', str(out)]) == 0
    figures = json.loads(out.read_text())
    assert set(figures) == {'arguments', 'machine', 'models', 'agreement'}
    for values in figures['models'].values():
        assert len(values['seconds']) == 2
        assert values['size'] > 0
    sizes = [m['size'] for m in figures['models'].values()]
    assert sizes == [model.stat().st_size, checkpoint.stat().st_size]
    printed = capsys.readouterr().out
    assert '2 images one by one, median of 2 rounds in turn' in printed
    for label in (
        *('images a second', 'in the rounds', 'peak memory, MB'),
        *('size on disk, MB', 'start and load, s', 'detections agree'),
    ):
        assert label in printed


def test_wrong_input(tmp_path, photos, capsys):
    model = str(save_two_networks(tmp_path))
    (tmp_path / 'films').mkdir()
    (tmp_path / 'films/1.mp4').touch()
    good = ['--images', str(photos)]
    for argv, message in (
        (['a.pth', 'c.py', 'b.pth', *good], 'a.pth is no bundle'),
        (['none.yaml', 'c.py', 'b.pth', *good], 'none.yaml is neither'),
        ([model, 'c.py', 'b.pth', '--images', 'none'], 'none'),
        (
            [model, 'c.py', 'b.pth', '--images', str(tmp_path / 'films')],
            'films has no image',
        ),
        ([model, 'c.py', 'b.pth', *good, '--out', model], 'two.yaml'),
        ([model, 'c.py', 'b.pth', *good, '--num', '0'], '--num'),
    ):
        with pytest.raises(SystemExit) as stop:
            main(argv)
        assert stop.value.code == 2
        assert message in capsys.readouterr().err
