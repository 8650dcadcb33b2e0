"""Shell scripts: what they start, and with which arguments."""

import os
import subprocess
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[1] / 'tools'


@pytest.fixture
def echo(tmp_path):
    """An environment in which python and srun say how they are called."""
    for name in ('python', 'srun'):
        script = tmp_path / name
        script.write_text('#!/bin/sh\nfor a in "$@"; do echo "$a"; done\n')
        script.chmod(0o755)
    return {**os.environ, 'PATH': f'{tmp_path}:{os.environ["PATH"]}'}


def run(env, script, *argv):
    result = subprocess.run(
        [TOOLS / script, *argv], env=env, capture_output=True, text=True
    )
    return result.returncode, result.stdout.splitlines(), result.stderr


@pytest.mark.parametrize(
    'script, argv, after',
    [
        ('dist_train.sh', ['c.py', '2', '--amp', 'a b'], ['train.py', 'c.py']),
        (
            'dist_test.sh',
            ['c.py', 'x.pth', '2', '--amp', 'a b'],
            ['test.py', 'c.py', 'x.pth'],
        ),
    ],
)
def test_processes(echo, script, argv, after):
    code, words, _ = run({**echo, 'PORT': '1234'}, script, *argv)
    assert code == 0
    assert '--nproc_per_node=2' in words and '--master_port=1234' in words
    at = words.index(f'{TOOLS}/{after[0]}')
    assert words[at + 1 :] == [
        *after[1:],
        '--amp',
        'a b',
        '--launcher',
        'pytorch',
    ]


@pytest.mark.parametrize(
    'script, after',
    [
        ('slurm_train.sh', ['train.py', 'c.py', '--work-dir', 'w']),
        ('slurm_test.sh', ['test.py', 'c.py', 'w']),
    ],
)
def test_slurm(echo, script, after):
    env = {**echo, 'GPUS': '4', 'SRUN_ARGS': '--time 5 --quiet'}
    code, words, _ = run(env, script, 'part', 'job', 'c.py', 'w', '--amp')
    assert code == 0
    assert words[:3] == ['-p', 'part', '--job-name=job']
    assert '--ntasks=4' in words and '--quiet' in words
    at = words.index(f'{TOOLS}/{after[0]}')
    assert words[at + 1 :] == [*after[1:], '--amp', '--launcher', 'slurm']


@pytest.mark.parametrize(
    'script',
    ['dist_train.sh', 'dist_test.sh', 'slurm_train.sh', 'slurm_test.sh'],
)
def test_too_few_arguments_show_the_usage(echo, script):
    code, _, err = run(echo, script, 'c.py')
    assert code == 2
    assert f'tools/{script} ' in err
