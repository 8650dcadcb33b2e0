"""Checkpoints of a work dir."""

import os
from types import SimpleNamespace

import pytest
from mmengine.config import Config
from mmengine.hooks import CheckpointHook
from toy_contrast import make_runner

from mmdmr.engine.work_dir import (
    OwnCheckpointsHook,
    check_own,
    checkpoint_folder,
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
        with pytest.raises(FileExistsError, match='such as iter_3.pth'):
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


@pytest.mark.parametrize(
    'name,note',
    [
        ('best_search_mAP_epoch_2.pth', None),
        ('final.pth', '/gone/work/final.pth'),
        ('last.pt', 'last.pt'),
    ],
)
def test_checkpoints_of_any_name_are_spared(tmp_path, name, note):
    (tmp_path / name).touch()
    if note is not None:
        (tmp_path / 'last_checkpoint').write_text(note)
    with pytest.raises(FileExistsError, match=f'such as {name}'):
        check_own(tmp_path, None)
    check_own(tmp_path, tmp_path / name)


def test_weights_that_no_run_writes_do_not_matter(tmp_path):
    (tmp_path / 'converted.pth').touch()
    check_own(tmp_path, None)


def test_checkpoints_kept_apart_from_the_work_dir(run, tmp_path):
    work_dir = tmp_path / 'elsewhere'
    check_own(work_dir, None)
    with pytest.raises(FileExistsError, match=f'{run} holds'):
        check_own(work_dir, None, run)
    assert last_checkpoint(work_dir) is None
    assert last_checkpoint(work_dir, run) == run / 'iter_3.pth'
    work_dir.mkdir()
    (work_dir / 'last_checkpoint').write_text(str(run / 'epoch_2.pth'))
    assert last_checkpoint(work_dir, run) == run / 'epoch_2.pth'


@pytest.mark.parametrize(
    'hooks,expected',
    [
        (None, 'work/run'),
        (dict(checkpoint=None), 'work/run'),
        (dict(checkpoint=dict(out_dir='work/run')), 'work/run'),
        (dict(checkpoint=dict(out_dir='kept/')), 'kept/run'),
        (dict(checkpoint=dict(out_dir='s3://b/kept')), 's3://b/kept/run'),
    ],
)
def test_where_a_run_writes_its_checkpoints(hooks, expected):
    cfg = Config(dict(work_dir='work/run', default_hooks=hooks))
    assert checkpoint_folder(cfg) == expected


def linked(path, target, kind):
    if kind == 'hard':
        os.link(target, path)
    else:
        path.symlink_to(target)


@pytest.mark.parametrize('kind', ['hard', 'soft'])
def test_a_work_dir_of_links_is_cut_from_what_it_links_to(tmp_path, kind):
    other, own = tmp_path / 'other', tmp_path / 'own'
    own.mkdir()
    other.mkdir()
    names = ['last_checkpoint', 'epoch_2.pth', 'epoch_3.pth', 'iter_150.pth']
    names += ['iter_160.pth', 'best_mAP_epoch_2.pth', 'best_mAP_epoch_3.pth']
    for name in names:
        (other / name).write_text(name)
        linked(own / name, other / name, kind)
    # The run has done two epochs, of 75 iterations each.
    runner = SimpleNamespace(work_dir=str(own), hooks=[], epoch=2, iter=150)
    OwnCheckpointsHook().before_train(runner)
    shared = {n for n in names if (own / n).samefile(other / n)}
    assert shared == {'epoch_2.pth', 'iter_150.pth', 'best_mAP_epoch_2.pth'}
    for name in names:
        assert (own / name).read_text() == name
    assert sorted(path.name for path in own.iterdir()) == sorted(names)


def test_links_that_lead_nowhere(tmp_path):
    for name in ('last_checkpoint', 'epoch_3.pth'):
        (tmp_path / name).symlink_to(tmp_path / 'gone' / name)
    (tmp_path / 'gone').mkdir()
    assert checkpoints_in(tmp_path) == []
    runner = SimpleNamespace(work_dir=str(tmp_path), hooks=[], epoch=0, iter=0)
    OwnCheckpointsHook().before_train(runner)
    assert [path.name for path in tmp_path.iterdir()] == ['gone']


def test_another_storage_is_left_to_mmengine():
    info = dict(best_ckpt='s3://b/kept/run/best_mAP_epoch_2.pth')
    checkpoint = dict(message_hub=dict(runtime_info=info))
    runner = SimpleNamespace(work_dir='s3://b/run', hooks=[])
    hook = OwnCheckpointsHook()
    hook.after_load_checkpoint(runner, checkpoint)
    hook.before_train(runner)
    assert info == dict(best_ckpt='s3://b/kept/run/best_mAP_epoch_2.pth')


def test_links_in_a_folder_of_checkpoints_are_cut(tmp_path):
    """The folder is found though MMEngine's hook changes its ``out_dir``."""
    other = tmp_path / 'other.pth'
    other.write_text('of another run')
    (tmp_path / 'kept/run').mkdir(parents=True)
    (tmp_path / 'kept/run/iter_2.pth').hardlink_to(other)
    checkpoint = dict(
        type='CheckpointHook',
        by_epoch=False,
        interval=1,
        out_dir=str(tmp_path / 'kept'),
    )
    runner = make_runner(
        tmp_path / 'run',
        max_iters=2,
        default_hooks=dict(checkpoint=checkpoint),
    )
    runner.register_hook(OwnCheckpointsHook())
    runner.train()
    assert (tmp_path / 'kept/run/iter_2.pth').stat().st_size > 100
    assert other.read_text() == 'of another run'
