"""The benchmark of growth runs; nothing is asserted about its times."""

import pytest
from tool_runner import tool

main = tool('benchmark_growth')

CONFIG = 'dmrnet_faster-rcnn_r18_fpn_synthetic'
OTHER = 'faster-rcnn_r18_fpn_synthetic-hard_oim'
SHORT = ['--batch-size', '2', '--rounds', '1', '--persons', '1', '2']


def test_table_formula_and_files(tmp_path, capsys):
    table, plot = tmp_path / 'growth.csv', tmp_path / 'growth.png'
    argv = [CONFIG, *SHORT, '--sizes', '0', '8', '16', '--threads', '1']
    assert main([*argv, '--out', str(table), '--plot', str(plot)]) == 0
    printed = capsys.readouterr().out
    rows = [line.split() for line in printed.splitlines()]
    assert [row[:2] for row in rows[1:7]] == [
        *(['0', '2'], ['0', '4'], ['8', '2']),
        *(['8', '4'], ['16', '2'], ['16', '4']),
    ]
    for text in (
        *('seconds, ms: ', 's/1000', 'in the median', 'processors'),
        'update of the key encoder',
    ):
        assert text in printed
    assert table.read_text().startswith('size,persons,num_keys,seconds')
    assert plot.read_bytes().startswith(b'\x89PNG')


def test_a_table_of_identities(capsys):
    assert main([OTHER, *SHORT, '--sizes', '3', '5']) == 0
    printed = capsys.readouterr().out
    assert 'update of the key encoder' not in printed
    assert [line.split()[0] for line in printed.splitlines()[1:5]] == [
        *('3', '3', '5', '5')
    ]


def test_wrong_input(tmp_path, capsys):
    no_csv = tmp_path / 'config.py'
    no_csv.touch()
    for argv, message in (
        ([CONFIG, '--persons', '0'], '--persons'),
        ([CONFIG, '--rounds', '0'], '--rounds'),
        ([OTHER, *SHORT, '--sizes', '0'], 'cannot have the size 0'),
        ([CONFIG, '--out', str(no_csv)], 'is no .csv file'),
        ([CONFIG, '--plot', str(tmp_path)], 'is a folder'),
    ):
        with pytest.raises(SystemExit) as stop:
            main(argv)
        assert stop.value.code == 2
        assert message in capsys.readouterr().err
