"""Mutation testing: which mutants there are, and what becomes of them.

``make mutate`` mutates the package itself.
"""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from textwrap import dedent

import pytest

TESTS = Path(__file__).parent

pytestmark = pytest.mark.skipif(
    sys.platform != 'linux', reason='forks, and limits time as Linux does'
)


@pytest.fixture(scope='module')
def mutation():
    """Function that imports a module of the mutation testing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(TESTS))
        yield lambda name: import_module(f'mutation.{name}')


@pytest.fixture
def mutants_of(mutation):
    return mutation('operators').mutants_of


@pytest.mark.parametrize(
    'code, expected',
    [
        ('a < b', {('comparison', 'a <= b')}),
        ('a <= b', {('comparison', 'a < b')}),
        ('a > b', {('comparison', 'a >= b')}),
        ('a >= b', {('comparison', 'a > b')}),
        ('a == b', {('comparison', 'a != b')}),
        ('a is not b', {('comparison', 'a is b')}),
        ('a not in b', {('comparison', 'a in b')}),
        (
            'a < b < c',
            {('comparison', 'a <= b < c'), ('comparison', 'a < b <= c')},
        ),
        ('a + b', {('arithmetic', 'a - b')}),
        ('(a) - (b)', {('arithmetic', '(a) + (b)')}),
        ('a // b', {('arithmetic', 'a * b')}),
        ('a ** b', {('arithmetic', 'a * b')}),
        ('a & b', {('arithmetic', 'a | b')}),
        ('a and b and c', {('boolean', 'a or b or c')}),
        ('a or b', {('boolean', 'a and b')}),
        ('not a', {('not', '(a)')}),
        ('~a', {('not', '(a)')}),
        ('-a', {('sign', '(a)')}),
        ('7', {('constant', '8')}),
        ('0.25', {('constant', '0.5')}),
        ('0.0', {('constant', '1.0')}),
        ('1e-12', {('constant', '1.000000000001')}),
        ('True', {('constant', 'False')}),
        ('min(a)', {('opposite', 'max(a)')}),
        ('a.all()', {('opposite', 'a.any()')}),
        ('a if b else c', {('condition', 'a if (not (b)) else c')}),
        (
            '[a for a in b if a]',
            {('condition', '[a for a in b if (not (a))]')},
        ),
        # Negated in one way only.
        ('a if not b else c', {('not', 'a if (b) else c')}),
        ('a if b in d else c', {('comparison', 'a if b not in d else c')}),
    ],
)
def test_expressions(mutants_of, code, expected):
    mutants = mutants_of(f'x = {code}\n', 'm.py')
    assert {(m.operator, m.after) for m in mutants} == {
        (operator, f'x = {after}') for operator, after in expected
    }


@pytest.mark.parametrize(
    'code, expected',
    [
        ('a(b)', {('statement', 'pass')}),
        ('continue', {('statement', 'pass')}),
        ("raise E('n', 1)", {('statement', 'pass')}),
        ('a += b', {('statement', 'pass'), ('arithmetic', 'a -= b')}),
        ('return a', {('return', 'return None')}),
        ('return None', set()),
        ('return', set()),
        ('if a: pass', {('condition', 'if (not (a)): pass')}),
        (
            'a[b] += \\\n  c',
            {('statement', 'pass'), ('arithmetic', 'a[b] -= \\')},
        ),
    ],
)
def test_statements(mutants_of, code, expected):
    source = f'def f():\n  for a in b:\n    {code}\n'
    mutants = mutants_of(source, 'm.py')
    assert {(m.operator, m.after) for m in mutants} == expected
    assert {m.function for m in mutants} <= {'f'}


def test_defaults(mutants_of):
    source = "def f(a, b=True, *, c=None, d='x'):\n  g = a\n  h = b\n"
    first, second = mutants_of(source, 'm.py')
    assert first.after == "def f(a, b=False, *, c=None, d='x'):"
    assert second.after == "def f(a, b=True, *, c=None, d='x_'):"
    # They matter where the function runs, not where it is defined.
    assert first.spans == second.spans == ((2, 3),)


def test_what_no_test_should_see_is_left_alone(mutants_of):
    source = '''
    """Docstring with 1 + 1."""
    import a.b
    from a import b
    __all__ = ['a', 1]
    Path = str | int

    @decorated(1)
    class A(B, metaclass=C[1]):
        """Docstring."""

        x: Literal[1, 2]

        @decorated(1)
        def f(self, a: Literal[1] = None) -> Literal[2]:
            """Docstring."""
            b: Literal[1] = self
            c = 'a' + 'b' * 2
            d = f'{a + 1}' 'e'
            raise InputError('a' if a < 1 else g(2))
    '''
    (mutant,) = mutants_of(dedent(source), 'm.py')
    assert mutant.operator == 'statement' and mutant.function == 'A.f'
    warned = mutants_of('warnings.warn(a < 1, stacklevel=2)', 'm.py')
    assert [m.after for m in warned] == ['pass']
    # An exit code is no text.
    left = mutants_of('raise SystemExit(a + 1)', 'm.py')
    assert [m.operator for m in left] == [
        'statement',
        'arithmetic',
        'constant',
    ]


def test_places_and_contents(mutants_of):
    source = (
        "def f():\n  é = 'é'; a = 1\n  a = 1\n  if (a  # <\n      < b): pass\n"
    )
    first, second, negated, third = mutants_of(source, 'm.py')
    assert first.name == 'm.py:2:17 constant'
    assert first.spans == ((2, 2),)
    assert first.apply(source) == source.replace('; a = 1', '; a = 2')
    assert second.content == ('m.py', 'f', 'a = 1', 'a = 2', 0)
    assert third.apply(source) == source.replace('      <', '      <=')
    # The header of a block.
    assert third.spans == negated.spans == ((4, 5),)
    # The place may change, the key does not; equal ones are told apart.
    (moved,) = mutants_of('\n\ndef f():\n  a = 1\n', 'm.py')
    assert moved.key == second.key and moved.name != second.name
    one, two = mutants_of('a = 1\na = 1\n', 'm.py')
    assert (one.nth, two.nth) == (0, 1) and one.key != two.key


def test_the_seed_draws_the_mutants(mutants_of, mutation):
    sample = mutation('mutants').sample
    mutants = {
        f'{name}.py': mutants_of('a = 1\n' * num, f'{name}.py')
        for name, num in (('a', 10), ('b', 30), ('c', 60))
    }
    drawn = sample(mutants, 20, seed=3)
    assert drawn == sample(dict(reversed(mutants.items())), 20, seed=3)
    assert drawn != sample(mutants, 20, seed=4)
    paths = [mutant.path for mutant in drawn]
    assert [paths.count(f'{name}.py') for name in 'abc'] == [2, 6, 12]
    assert len(set(drawn)) == 20
    assert len(sample(mutants, 1000, seed=0)) == 100


def test_a_mutant_without_end_is_stopped(mutation):
    forks, ends = mutation('forks'), []

    def task():
        ends.append((yield forks.Job(lambda folder: dict(a=1), limit=5)))
        ends.append((yield forks.Job(endless, limit=0)))
        ends.append((yield forks.Job(lambda folder: os._exit(0), limit=5)))

    def endless(folder):
        while True:
            pass

    forks.run_all([task()], 1)
    assert [end.timed_out for end in ends] == [False, True, False]
    # A mutant that ends the process of the tests did not pass them.
    assert [end.result for end in ends] == [dict(a=1), None, None]
    verdict = mutation('judging').verdict
    assert [verdict(end)[0] for end in ends[1:]] == ['timeout', 'killed']


CODE = """
LIMIT = 3

def checked(a):
    return a + 1

def run(a):
    b = a * 7
    return a

def apart(a):
    return a - 1

def name(a):
    return a
"""
TEST = """
import pytest
from toy.sums import LIMIT, checked, name, run

@pytest.mark.parametrize('a', [name('a')])
def test_named_by_the_code(a):
    name(a)

def test_checked():
    assert checked(1) == 2
    run(0)
    assert LIMIT == 3

def test_fails_anyway():
    assert checked(1) == 3
"""
PLAN = """
[target.sums]
files = ["toy/*.py"]
tests = ["tests"]
"""
LOOKED_AT = """
[[survivor]]
file = "toy/sums.py"
function = "run"
before = "b = a * 7"
after = "b = a * 8"
reason = "nobody uses b"
"""


def test_a_package(tmp_path):
    for name, text in (
        ('toy/__init__.py', ''),
        ('toy/sums.py', CODE),
        ('tests/test_sums.py', TEST),
        ('plan.toml', PLAN),
        ('looked_at.toml', LOOKED_AT),
        ('pytest.ini', '[pytest]\naddopts = --import-mode=importlib\n'),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    def mutate(*argv):
        return subprocess.run(
            [sys.executable, '-m', 'mutation', '--root', tmp_path, *argv]
            + ['--plan', tmp_path / 'plan.toml', '--results', 'results.jsonl']
            + ['--looked-at', tmp_path / 'looked_at.toml'],
            env=dict(os.environ, PYTHONPATH=str(TESTS)),
            capture_output=True,
            text=True,
        )

    run = mutate('--jobs', '2')
    assert run.returncode == 1, run.stderr
    lines = (tmp_path / 'results.jsonl').read_text().splitlines()
    statuses = {
        (result['function'], result['after']): result['status']
        for result in map(json.loads, lines)
    }
    assert statuses == {
        ('', 'LIMIT = 4'): 'killed',
        ('checked', 'return None'): 'killed',
        ('checked', 'return a - 1'): 'killed',
        ('checked', 'return a + 2'): 'killed',
        ('run', 'b = a / 7'): 'survived',
        ('run', 'b = a * 8'): 'survived',
        ('run', 'return None'): 'survived',
        # Its test goes by another name.
        ('name', 'return None'): 'survived',
        ('apart', 'return None'): 'uncovered',
        ('apart', 'return a + 1'): 'uncovered',
        ('apart', 'return a - 2'): 'uncovered',
    }
    assert 'left out: tests/test_sums.py::test_fails_anyway' in run.stdout
    assert 'looked at: nobody uses b' in run.stdout
    # mutants, killed, timeout, survived, looked at, uncovered
    row = run.stdout.split('| sums ')[1].splitlines()[0]
    assert row.replace(' ', '').split('|')[1:-1] == [
        '11',
        '4',
        '0',
        '3',
        '1',
        '3',
        '36.4',
    ]
    # Nothing is left to do; the result stays.
    run = mutate('--resume')
    assert run.returncode == 1 and '11 mutants, 0 to try' in run.stdout
    assert '36.4' in run.stdout
