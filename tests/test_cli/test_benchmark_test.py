"""The benchmark of tests runs on five frames; no time is compared."""

import json

import pytest
from tiny_prw import save_tiny_prw
from tool_runner import tool

main = tool('benchmark_test')


@pytest.fixture
def files(tmp_path):
    return [str(path) for path in save_tiny_prw(tmp_path)]


def test_all_figures(files, tmp_path, capsys):
    out = tmp_path / 'figures.json'
    argv = ['--rounds', '1', '--batch-sizes', '1', '4', '--amp', 'bfloat16']
    assert main([*files, *argv, '--published', '--out', str(out)]) == 0
    figures = json.loads(out.read_text())
    ways = figures['ways']
    assert list(ways) == [
        'published',
        'published, each image once',
        'batch of 1',
        'batch of 4',
        'batch of 4, bfloat16',
    ]
    assert ways['published']['ratios'] == [1.0]
    assert ways['published']['passes'] == 11
    for row in ways.values():
        assert row['images_a_second'] == pytest.approx(5 / row['seconds'][0])
    printed = capsys.readouterr().out
    for text in (
        *('ratio', 'images/s', 'loading', 'transfer', 'network', 'embedding'),
        *('scoring', 'Differences from "published":', 'mAP', 'threads'),
    ):
        assert text in printed


def test_random_weights_and_a_part_of_the_images(files, capsys):
    argv = [files[0], 'untrained', '--images', '3', '--rounds', '1']
    assert main(argv) == 0
    printed = capsys.readouterr().out
    assert 'batch of 4' in printed and 'mAP' not in printed


def test_wrong_input(files, tmp_path, capsys):
    metrics = 'test_evaluator.type=CocoMetric'
    for argv, message in (
        ([files[0], 'none.pth'], 'none.pth does not exist'),
        ([*files, '--out', files[0]], 'tiny.py'),
        ([*files, '--cfg-options', metrics], 'a single person-search data'),
        ([*files, '--rounds', '0'], '--rounds'),
    ):
        with pytest.raises(SystemExit) as stop:
            main(argv)
        assert stop.value.code == 2
        assert message in capsys.readouterr().err
