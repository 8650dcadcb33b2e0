"""Which checkpoints are a run's own."""

import os
from types import SimpleNamespace

import pytest
from mmengine.hooks import CheckpointHook

from mmdmr.engine.work_dir import (
    OwnCheckpointsHook,
    check_own,
    checkpoints_in,
    last_checkpoint,
)


@pytest.fixture
def run(tmp_path):
    """A work dir with three checkpoints, and what else lies there."""
    folder = tmp_path / 'run'
    folder.mkdir()
    for i, name in enumerate(
        ['best_search_mAP_epoch_2.pth', 'epoch_2.pth', 'epoch_10.pth']
        + ['iter_3.pth', 'epoch_x.pth', 'epoch_11.pth.part', 'model-1a.pth']
    ):
        (folder / name).touch()
        os.utime(folder / name, (i, i))
    return folder


def test_checkpoints_in_the_order_they_were_written(run, tmp_path):
    names = [path.name for path in checkpoints_in(run)]
    assert names == ['epoch_2.pth', 'epoch_10.pth', 'iter_3.pth']
    assert checkpoints_in(tmp_path / 'nowhere') == []


@pytest.mark.parametrize(
    'note,expected',
    [
        ('/gone/work/epoch_2.pth', 'epoch_2.pth'),
        (r'C:\runs\work\epoch_2.pth', 'epoch_2.pth'),
        ('epoch_10.pth', 'epoch_10.pth'),
        ('/gone/work/epoch_99.pth', 'iter_3.pth'),
        ('', 'iter_3.pth'),
        (None, 'iter_3.pth'),
    ],
)
def test_last_checkpoint_is_one_of_the_folder(run, note, expected):
    if note is not None:
        (run / 'last_checkpoint').write_text(note)
    assert last_checkpoint(run) == run / expected


def test_no_checkpoint(tmp_path):
    (tmp_path / 'last_checkpoint').write_text('/other/epoch_1.pth')
    assert last_checkpoint(tmp_path) is None
    check_own(tmp_path, None)
    check_own(tmp_path / 'nowhere', '/other/epoch_1.pth')


def test_a_linked_work_dir_is_the_same(run, tmp_path):
    (tmp_path / 'link').symlink_to(run)
    check_own(tmp_path / 'link', run / 'epoch_2.pth')
    check_own(run, tmp_path / 'link/best_search_mAP_epoch_2.pth')
    for other in (None, tmp_path / 'epoch_2.pth', tmp_path / 'link'):
        with pytest.raises(FileExistsError, match='iter_3.pth is its last'):
            check_own(run, other)


@pytest.mark.parametrize('out_dir', [None, 'kept'])
def test_paths_in_a_checkpoint_lead_to_own_files(run, tmp_path, out_dir):
    """Also where the checkpoints are kept apart from the work dir."""
    folder = run
    hook = CheckpointHook(out_dir=out_dir and str(tmp_path / out_dir))
    if out_dir:
        (tmp_path / out_dir).mkdir()
        folder = run.rename(tmp_path / out_dir / 'run')
    info = dict(
        best_ckpt='/other/run/best_search_mAP_epoch_2.pth',
        last_ckpt='/other/run/epoch_10.pth',
        **{'best_ckpt_prw/mAP': '/other/run/best_prw_epoch_2.pth'},
        best_score=0.5,
        keep_ckpt_ids=[2, 10],
    )
    checkpoint = dict(message_hub=dict(runtime_info=info))
    runner = SimpleNamespace(work_dir=str(tmp_path / 'run'), hooks=[hook])
    OwnCheckpointsHook().after_load_checkpoint(runner, checkpoint)
    assert info == dict(
        best_ckpt=str(folder / 'best_search_mAP_epoch_2.pth'),
        last_ckpt=str(folder / 'epoch_10.pth'),
        best_score=0.5,
        keep_ckpt_ids=[2, 10],
    )


def test_weights_alone_have_no_paths(run):
    runner = SimpleNamespace(work_dir=str(run), hooks=[])
    OwnCheckpointsHook().after_load_checkpoint(runner, {})
