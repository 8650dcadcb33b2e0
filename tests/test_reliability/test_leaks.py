"""Trainings that pile up memory or file handles."""

import gc
import mmap
import tempfile

import pytest
from mmengine.hooks import Hook
from narrow_backbone import NARROW_OPTIONS
from tool_runner import tool
from toy_contrast import make_runner

from mmdmr.errors import InputError
from mmdmr.reliability.leaks import HEADING, check_leaks, judge
from mmdmr.reliability.trainings import read_lines

LIMIT = 20e6
CONFIG = 'dmrnet_faster-rcnn_r18_fpn_synthetic.py'
SMALL = [
    *NARROW_OPTIONS,
    'train_dataloader.batch_size=1',
    'train_dataloader.dataset.pipeline.2.scale=(64,64)',
    'model.reid_head.out_channels=16',
    'model.roi_head.bbox_head.fc_out_channels=32',
    'val_cfg=None',
    'val_dataloader=None',
    'val_evaluator=None',
    'default_hooks.checkpoint.save_best=None',
    'default_hooks.checkpoint.interval=100',
]


class Leak(Hook):
    """Keeps something of each iteration."""

    priority = 'LOW'

    def __init__(self, make):
        self.make = make
        self.kept = []

    def after_train_iter(self, runner, *args, **kwargs):
        self.kept.append(self.make())


def one_mb():
    """Memory of its own: NumPy might take what other tests have freed."""
    memory = mmap.mmap(-1, 10**6)
    memory.write(bytes(10**6))  # untouched memory is not resident
    return memory


def measure(work_dir, make=None):
    """Lines of 120 iterations of the toy runner, with a leak."""
    lines = work_dir / 'resources.jsonl'
    resources = dict(type='mmdmr.ResourceHook', out=str(lines))
    runner = make_runner(
        work_dir,
        # MMEngine's loop by iterations sleeps for two seconds an epoch.
        train_cfg=dict(by_epoch=True, max_epochs=12),
        default_hooks=dict(resources=resources, checkpoint=None),
    )
    if make:
        runner.register_hook(Leak(make))
    gc.collect()  # networks of other tests would be freed in between
    runner.train()
    return read_lines(lines)


@pytest.mark.parametrize(
    'make,rise,problem',
    [
        (None, 0, None),
        (one_mb, 1e6, 'memory rose by'),
        (tempfile.TemporaryFile, 0, 'more file handles are open'),
    ],
    ids=['nothing', 'memory', 'handles'],
)
def test_a_leak_of_each_kind_is_found(tmp_path, make, rise, problem):
    lines = measure(tmp_path / 'toy', make)
    assert [line['iter'] for line in lines] == list(range(10, 121, 10))
    found = judge(lines, after=20, limit=LIMIT)
    if problem is None:
        assert found.problems == []
        assert abs(found.tensors) < 50
    else:
        (said,) = found.problems
        assert problem in said
    # From iteration 30 to 120.
    assert found.memory == pytest.approx(90 * rise, abs=15e6)
    assert found.handles == (90 if make is tempfile.TemporaryFile else 0)


def line(number, **changed):
    same = dict(memory=5e8, worker_memory=10**8, handles=20, tensors=900)
    return dict(same, iter=number, **changed)


def test_only_what_comes_behind_the_first_iterations_counts():
    start = [line(i, handles=i) for i in range(10, 201, 10)]
    later = [line(i, handles=200) for i in range(210, 411, 10)]
    assert judge(start + later, 200, LIMIT).problems == []
    assert judge(start + later, 100, LIMIT).problems == [
        '80 more file handles are open'
    ]


def test_a_single_peak_is_no_leak():
    lines = [line(i) for i in range(10, 401, 10)]
    lines[-1]['memory'] *= 2
    assert judge(lines, 0, LIMIT).memory == 0


def test_data_loading_processes_are_judged_by_themselves():
    lines = [line(i, worker_memory=10**6 * i) for i in range(10, 101, 10)]
    (problem,) = judge(lines, 0, LIMIT).problems
    assert problem.startswith('memory of a data-loading process rose by 90 MB')


def test_too_few_iterations_are_refused(tmp_path):
    with pytest.raises(InputError, match='100 or more'):
        check_leaks({}, tmp_path, 299, 200, LIMIT)
    with pytest.raises(InputError, match='after iteration 40'):
        judge([line(40)], 40, LIMIT)


@pytest.mark.slow
def test_the_command_measures_a_training(small_data, tmp_path, capsys):
    options = ['--iterations', '101', '--after', '1', '--limit-mb', '500']
    data = ['--data-root', str(small_data / 'CUHK-SYSU')]
    code = tool('check_leaks')(
        [CONFIG, *data, '--out', str(tmp_path / 'out'), *options]
        + ['--cfg-options', *SMALL, 'train_dataloader.num_workers=1']
    )
    printed = capsys.readouterr().out
    assert code == 0, printed
    assert 'nothing piles up' in printed
    rows = printed.partition(HEADING)[2].splitlines()[1:]
    first, last = rows[0], rows[-2]
    assert first.split()[0] == '10'
    assert int(last.split()[0]) >= 100
    # Memory of the training and of its data-loading process, in MB.
    assert all(int(number) > 50 for number in last.split()[1:3])
