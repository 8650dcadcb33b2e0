"""Trainings that are killed and resumed."""

import pytest
from narrow_backbone import NARROW_OPTIONS
from tool_runner import tool

from mmdmr.reliability.interruptions import _differences

check_resume = tool('check_resume')
CONFIG = 'dmrnet_faster-rcnn_r18_fpn_synthetic.py'
SMALL = [
    *NARROW_OPTIONS,
    'train_dataloader.batch_size=4',
    'train_dataloader.dataset.pipeline.2.scale=(96,96)',
    'model.reid_head.out_channels=16',
    'model.roi_head.bbox_head.fc_out_channels=32',
    'val_cfg=None',
    'val_dataloader=None',
    'val_evaluator=None',
    'default_hooks.checkpoint.save_best=None',
]


def check(small_data, out, *options):
    data = ['--data-root', str(small_data / 'CUHK-SYSU')]
    before, after = options[:-1], options[-1:]
    argv = [CONFIG, *data, '--out', str(out), *before]
    return check_resume([*argv, '--cfg-options', *SMALL, *after])


def test_two_kills_change_nothing(small_data, tmp_path, capsys):
    """One of them while a checkpoint is written."""
    code = check(
        small_data, tmp_path / 'out', '--kills', '2', 'train_cfg.max_epochs=1'
    )
    printed = capsys.readouterr().out
    assert code == 0, printed
    assert '2 kills' in printed
    assert 'all equal to the uninterrupted training' in printed


@pytest.mark.slow
@pytest.mark.parametrize(
    'broken',
    ['default_hooks.exact_resume=None', 'randomness.seed=0'],
)
def test_the_check_finds_what_breaks(small_data, tmp_path, capsys, broken):
    """Without the hook of the random numbers, and without anything broken."""
    options = ['--kills', '6', '--every', '3', broken]
    code = check(small_data, tmp_path / 'out', *options)
    printed = capsys.readouterr().out
    assert code == ('exact_resume' in broken), printed
    assert ('PROBLEM: iteration' in printed) == bool(code)


def line(number, loss=1.0):
    return dict(iter=number, losses=dict(loss=loss), states='a')


def test_differences_are_named():
    wanted = [line(1), line(2)]
    assert _differences(wanted, [line(1), line(2), line(2)]) == []
    assert _differences(wanted, [line(1), line(2, 1.5)]) == [
        'iteration 2 differs in losses'
    ]
    assert _differences(wanted, [line(1)]) == ['1 iterations were left out']
    (problem,) = _differences(wanted, [line(1), line(2), line(3)])
    assert problem.startswith('iteration 3 differs')
