"""Shell scripts: what they start, and with which arguments."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import torch
from full_training import save_config
from processes import environment

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


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    """Config of a training of three iterations an epoch on two ranks."""
    return save_config(tmp_path_factory.mktemp('config'))


def start(cwd, env, script, *argv):
    with (cwd / 'log.txt').open('w') as log:
        return subprocess.Popen(
            [TOOLS / script, *map(str, argv)],
            cwd=cwd,
            env=env,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def finish(cwd, process):
    code = process.wait(timeout=300)
    log = (cwd / 'log.txt').read_text()
    assert code == 0, log[-3000:]
    return log


def epochs(number):
    return ['--cfg-options', f'train_cfg.max_epochs={number}']


def state_of(path):
    return torch.load(path, weights_only=False)['state_dict']


def test_train_in_two_processes(config, tmp_path):
    run = start(
        *(tmp_path, environment(), 'dist_train.sh', config, 2),
        *('--work-dir', 'work', *epochs(1)),
    )
    finish(tmp_path, run)
    state = state_of(tmp_path / 'work/epoch_1.pth')
    assert state['memory.commits'] == 3


@pytest.mark.slow
def test_two_machines_are_two_processes(config, tmp_path):
    """Each of two launchers starts a process, as on two machines."""
    (tmp_path / 'alone').mkdir()
    argv = ['dist_train.sh', config]
    options = ['--work-dir', tmp_path / 'work', *epochs(2)]
    env = environment(NNODES='2', MASTER_ADDR='127.0.0.1')
    runs = []
    for rank in range(2):
        folder = tmp_path / str(rank)
        folder.mkdir()
        node = {**env, 'NODE_RANK': str(rank)}
        runs.append((folder, start(folder, node, *argv, 1, *options)))
    for run in runs:
        finish(*run)
    options[1] = 'work'
    folder = tmp_path / 'alone'
    finish(folder, start(folder, environment(), *argv, 2, *options))
    there = state_of(tmp_path / 'work/epoch_2.pth')
    here = state_of(tmp_path / 'alone/work/epoch_2.pth')
    assert set(there) == set(here)
    for name, value in here.items():
        assert torch.equal(there[name], value), name


@pytest.mark.slow
def test_scores_of_two_processes_are_those_of_one(config, tmp_path):
    """Seven images: the second process gets one of them twice."""
    scores = []
    for number in (1, 2):
        out = f'{number}.json'
        named = ['--work-dir', 'work', '--out', out]
        run = start(
            *(tmp_path, environment(), 'dist_test.sh', config),
            *('untrained', number, *named),
        )
        log = finish(tmp_path, run)
        assert 'search/mAP' in log
        scores.append(json.loads((tmp_path / out).read_text()))
    assert scores[0] == scores[1]
    assert scores[0]['search.full+gt']['mAP'] > 0


#: Answers of a Python with PyTorch for CUDA; pip says how it is called.
CUDA_PYTHON = """#!/bin/sh
case "$*" in
    *get_device_capability*) echo "$CAPABILITY" ;;
    *version.cuda*) echo "$TORCH_CUDA" ;;
    *cpp_extension*) echo "$NVCC" ;;
    *pip*) echo "$FORCE_CUDA $TORCH_CUDA_ARCH_LIST $MAX_JOBS"
        for a in "$@"; do echo "$a"; done ;;
    *) echo ready ;;
esac
"""


@pytest.fixture
def cuda(tmp_path):
    """An environment with a GPU, its compiler and PyTorch for it."""
    for name, text in (
        ('cuda-python', CUDA_PYTHON),
        ('nvcc', '#!/bin/sh\necho Cuda, release 12.8, V12.8.93\n'),
    ):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    return {
        **os.environ,
        'PYTHON': str(tmp_path / 'cuda-python'),
        'NVCC': str(tmp_path / 'nvcc'),
        'CAPABILITY': '9.0',
        'TORCH_CUDA': '12.8',
        'MAX_JOBS': '16',
    }


@pytest.mark.parametrize(
    'argv, arch, package',
    [
        ([], '9.0', 'onedl-mmcv=='),
        (['8.0;9.0a'], '8.0;9.0a', 'onedl-mmcv=='),
        (['8.9', 'mmcv==2.1.0'], '8.9', 'mmcv==2.1.0'),
    ],
)
def test_operators_for_a_gpu(cuda, argv, arch, package):
    code, lines, err = run(cuda, 'misc/build_cuda_ops.sh', *argv)
    assert code == 0, err
    assert lines[0] == 'nvcc: release 12.8, PyTorch: CUDA 12.8'
    assert arch in lines[1] and lines[2] == f'1 {arch} 16'
    # From source, for the PyTorch that is there.
    assert {'--no-binary', '--no-build-isolation', '--no-deps'} <= {*lines}
    assert lines[-2].startswith(package) and lines[-1] == 'ready'


@pytest.mark.parametrize(
    'change, argv, message',
    [
        (dict(CAPABILITY=''), [], 'PyTorch finds no GPU here'),
        (dict(TORCH_CUDA=''), [], 'a build for the CPU'),
        (dict(NVCC=''), [], 'install the CUDA toolkit 12.8'),
        ({}, ['sm_90'], 'sm_90 is no compute capability'),
        ({}, ['9.0', 'mmcv', 'more'], 'too many arguments'),
    ],
)
def test_operators_for_a_gpu_that_is_not_ready(cuda, change, argv, message):
    code, lines, err = run({**cuda, **change}, 'misc/build_cuda_ops.sh', *argv)
    assert code == 2 and not lines
    assert message in err
