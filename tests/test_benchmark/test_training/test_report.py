"""Tables worked out by hand."""

from mmdmr.benchmark.training.peak import Peak
from mmdmr.benchmark.training.report import (
    loading_line,
    machine_line,
    memory_table,
    operator_table,
    part_table,
    step_table,
)
from mmdmr.benchmark.training.rounds import Rounds
from mmdmr.benchmark.training.trace import Operator

ROUNDS = Rounds(
    dict(
        plain=[{'rest': 0.5, 'backward': 1.5}] * 2,
        keys=[
            {'rest': 0.5, 'backward': 1.5, 'key pass': 0.4},
            {'rest': 0.5, 'backward': 1.5, 'key pass': 0.6},
        ],
    ),
    loading=[0.25, 0.35],
)


def words(lines):
    return [line.split() for line in lines]


def test_ratios_come_first():
    assert words(step_table(ROUNDS)) == [
        ['a', 'step', '/', 'plain', 'in', 'the', 'rounds', 's'],
        ['plain', '1.000', '1.000', 'to', '1.000', '2.000'],
        ['keys', '1.250', '1.200', 'to', '1.300', '2.500'],
    ]


def test_parts_beside_those_of_the_first_network():
    rows = words(part_table(ROUNDS))
    assert rows[:4] == [
        ['part', 'share', 'keys,', 's', 'plain,', 's'],
        ['key', 'pass', '20.0%', '0.5000', '0.0000'],
        ['backward', '60.0%', '1.5000', '1.5000'],
        ['rest', '20.0%', '0.5000', '0.5000'],
    ]
    assert len(rows) == 4
    assert loading_line(ROUNDS).split()[:2] == ['loading', '0.3000']


def test_parts_of_one_network_alone():
    alone = Rounds(dict(keys=ROUNDS.steps['keys']), ROUNDS.loading)
    assert words(part_table(alone))[1] == ['key', 'pass', '20.0%', '0.5000']


def test_memory_with_and_without_the_queue():
    peaks = dict(plain=Peak(10**9, 0), keys=Peak(13 * 10**8, 10**8))
    assert words(memory_table(peaks))[1:] == [
        ['plain', '1.000', '1.000', '1000', 'of', 'it', '0', 'MB', 'queue'],
        ['keys', '1.300', '1.200', '1300', 'of', 'it', '100', 'MB', 'queue'],
    ]


def test_operators_and_machine():
    rows = words(operator_table([Operator('aten::mm', 12, 0.5, 0.25)]))
    assert rows[1] == ['aten::mm', '25.0%', '0.500', '12']
    machine = dict(
        device='EPYC', processors=2, threads=1, torch='2.13.0', load=0.52
    )
    assert machine_line(machine) == (
        'EPYC; 2 processors, 1 threads, torch 2.13.0, load of the last '
        'minute 0.5'
    )
