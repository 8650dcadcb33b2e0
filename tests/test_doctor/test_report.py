"""The report."""

import json

import pytest

from mmdmr.doctor.facts import Facts
from mmdmr.doctor.finding import Finding
from mmdmr.doctor.report import as_json, as_text, summary

LONG = 'a word of a long text ' * 9
COMMAND = "pip install 'a>=1' && " * 9


def test_a_line_of_eighty_characters_but_for_commands():
    finding = Finding('problem', LONG, LONG, COMMAND, 'https://x/1')
    lines = as_text(finding).splitlines()
    assert lines[0].startswith('problem  a word')
    (command,) = (line for line in lines if len(line) > 80)
    assert command == f'         Run: {COMMAND}'
    assert all(line.startswith(' ' * 9) for line in lines[1:])
    assert lines[-1] == '         See https://x/1'
    text = ' '.join(' '.join(lines).split())
    assert text.count(LONG.strip()) == 2


def test_a_good_finding_is_one_line():
    assert as_text(Finding('ok', 'numpy 2.2.6')) == 'ok       numpy 2.2.6'


@pytest.mark.parametrize(
    'levels, text',
    [
        ([], 'All is well.'),
        (['ok', 'ok'], 'All is well.'),
        (['problem'], '1 problem, no warning.'),
        (['problem', 'problem', 'warning'], '2 problems, 1 warning.'),
        (['warning', 'warning'], 'No problem, 2 warnings.'),
    ],
)
def test_summary(levels, text):
    assert summary([Finding(level, 'x') for level in levels]) == text


def test_json():
    report = json.loads(
        as_json(Facts(packages={'numpy': '2.2'}), [Finding('ok', 'x')])
    )
    assert report['findings'] == [
        dict(level='ok', text='x', advice='', command='', source='')
    ]
    assert report['facts']['packages'] == {'numpy': '2.2'}
