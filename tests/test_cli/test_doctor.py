"""``mmdmr doctor``."""

import json

import pytest
from tool_runner import tool

from mmdmr.cli.commands import doctor
from mmdmr.doctor.facts import Facts
from mmdmr.doctor.finding import Finding

examine = tool('doctor')
GOOD = Facts(imports={'numpy': '', 'scipy.optimize': ''})


@pytest.fixture
def environment(monkeypatch):
    """Pretend to be in an environment, with answers of the self-test."""

    def environment(facts, tested=()):
        monkeypatch.setattr(doctor, 'gather', lambda: facts)
        monkeypatch.setattr(doctor, 'run_self_test', lambda facts: [*tested])

    return environment


def test_all_is_well(environment, capsys):
    environment(GOOD, [Finding('ok', 'trained')])
    assert examine([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith('ok       mmdmr 0, ')
    assert lines[-2:] == ['ok       trained', 'All is well.']


def test_a_problem_is_code_1(environment, capsys):
    environment(Facts())
    assert examine([]) == 1
    assert capsys.readouterr().out.endswith('2 problems, no warning.\n')


def test_a_failed_self_test_is_code_1_unless_left_out(environment, capsys):
    environment(GOOD, [Finding('problem', 'no training')])
    assert examine([]) == 1
    assert 'problem  no training' in capsys.readouterr().out
    assert examine(['--no-self-test']) == 0


def test_a_warning_is_code_0(environment, capsys):
    environment(GOOD, [Finding('warning', 'slow')])
    assert examine([]) == 0
    assert 'No problem, 1 warning.' in capsys.readouterr().out


def test_json(environment, capsys):
    environment(GOOD, [Finding('problem', 'no training')])
    assert examine(['--json']) == 1
    report = json.loads(capsys.readouterr().out)
    assert report['findings'][-1]['text'] == 'no training'
    assert report['facts']['imports'] == GOOD.imports


def test_wrong_input_is_code_2():
    with pytest.raises(SystemExit) as stop:
        examine(['--fast'])
    assert stop.value.code == 2
