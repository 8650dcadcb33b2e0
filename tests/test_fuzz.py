"""Damaged files end in a message: kept recipes, and some new ones.

``make fuzz`` draws recipes for longer.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
TARGETS = ('readers', 'converters', 'dumps', 'galleries', 'descriptions')
#: Minutes of new recipes for each target.
MINUTES = 0.015

pytestmark = pytest.mark.skipif(
    sys.platform != 'linux', reason='limits memory and time as Linux does'
)


@pytest.fixture(scope='module')
def results(tmp_path_factory):
    """Results by target, of a process that does without PyTorch."""
    path = tmp_path_factory.mktemp('fuzz') / 'results.json'
    found = [str(TESTS), str(TESTS / 'helpers'), str(TESTS.parent)]
    found += filter(None, [os.environ.get('PYTHONPATH')])
    argv = ['--minutes', str(MINUTES), '--seed', '0', '--json', str(path)]
    run = subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', 'fuzz', *TARGETS, *argv],
        env=dict(
            os.environ, PYTHONPATH=os.pathsep.join(found), OMP_NUM_THREADS='1'
        ),
        capture_output=True,
        text=True,
    )
    assert path.is_file(), run.stderr[-3000:]
    return json.loads(path.read_text())


@pytest.mark.parametrize('target', TARGETS)
def test_kept_recipes_find_no_fault(results, target):
    kept = results[target]['kept']
    assert kept['examples'] == results[target]['seeds'] > 0
    assert not kept['faults'], json.dumps(kept['faults'], indent=1)


@pytest.mark.parametrize('target', TARGETS)
def test_new_recipes_find_no_fault(results, target):
    fresh = results[target]['fresh']
    assert fresh['examples'] > 0
    assert not fresh['faults'], json.dumps(fresh['faults'], indent=1)
