"""The benchmark of a step runs; nothing is asserted about its times."""

import json

import pytest
from narrow_backbone import NARROW_OPTIONS
from tool_runner import tool

main = tool('benchmark_train')

CHANGES = [
    *('--cfg-options', 'model.reid_head.out_channels=16'),
    *('model.memory.num_labelled=12', 'model.memory.num_unlabelled=8'),
    *NARROW_OPTIONS,
]
CONFIG = 'dmrnet_faster-rcnn_r18_fpn_synthetic'
SHORT = [
    *('--shape', '64x96', '--batch-size', '1', '--persons', '2'),
    *('--rounds', '1', '--warmup', '1'),
]


def test_random_batches(tmp_path, capsys):
    out, trace = tmp_path / 'figures.json', tmp_path / 'trace.json'
    argv = [CONFIG, *SHORT, '--no-memory', '--profile', str(trace), *CHANGES]
    assert main([*argv, '--threads', '1', '--out', str(out)]) == 0
    figures = json.loads(out.read_text())
    assert set(figures) == {
        *('arguments', 'machine', 'steps', 'loading', 'peaks')
    }
    assert figures['arguments']['shape'] == [64, 96]
    assert figures['machine']['threads'] == 1
    assert [*figures['steps']] == ['plain', 'branch', 'memory', 'keys']
    for name, steps in figures['steps'].items():
        assert len(steps) == 1
        assert ('key pass' in steps[0]) == (name == 'keys')
        assert ('re-ID losses' in steps[0]) == (name != 'plain')
    assert len(json.loads(trace.read_text())['traceEvents']) > 100
    printed, progress = capsys.readouterr()
    # Ratios come first, hardware last.
    places = [
        printed.index(text)
        for text in ('/ plain', 'share', 'operator', 'processors')
    ]
    assert places == sorted(places)
    assert '1 x 64 x 96 random images, 2 persons each' in printed
    assert 'loading' not in printed
    assert 'round 2 of 2' in progress


def test_training_data_and_chosen_networks(small_data, capsys):
    """The learning rate makes the losses of the second step infinite."""
    changes = [*CHANGES, 'train_dataloader.batch_size=1']
    changes.append('optim_wrapper.optimizer.lr=1e30')
    argv = [CONFIG, '--data', '--data-root', str(small_data / 'CUHK-SYSU')]
    argv += ['--variants', 'keys', 'plain', '--no-memory', *changes]
    assert main([*argv, '--rounds', '1', '--warmup', '1']) == 0
    printed, told = capsys.readouterr()
    assert "batches of the config's training data" in printed
    assert '\nloading ' in printed
    rows = [line.split()[0] for line in printed.splitlines() if line]
    assert rows[2:4] == ['plain', 'keys']
    assert 'keys: 1 losses were NaN or infinite' in told


@pytest.mark.slow
def test_peak_memory_of_processes(capsys):
    argv = [CONFIG, *SHORT, '--variants', 'plain', 'keys', *CHANGES]
    assert main(argv) == 0
    printed = capsys.readouterr().out
    assert 'peak memory' in printed and 'MB queue' in printed


def test_wrong_input(tmp_path, capsys):
    other = 'faster-rcnn_r18_fpn_synthetic-hard_oim'
    no_json = tmp_path / 'config.py'
    no_json.touch()
    for argv, message in (
        ([CONFIG, '--shape', '64'], 'such as 896x1504, not 64'),
        ([CONFIG, '--shape', '64x16'], '32 or more each'),
        ([CONFIG, '--variants', 'all'], '--variants'),
        ([CONFIG, '--rounds', '0'], '--rounds'),
        ([CONFIG, '--warmup', '0'], '--warmup'),
        ([CONFIG, '--out', str(no_json)], 'is no .json file'),
        ([CONFIG, '--profile', str(tmp_path)], 'is a folder'),
        ([other, *SHORT, '--variants', 'keys'], 'there are plain, memory'),
        (['none'], 'none'),
    ):
        with pytest.raises(SystemExit) as stop:
            main(argv)
        assert stop.value.code == 2
        assert message in capsys.readouterr().err
