"""A good checkpoint stands whenever a run is killed, or the disk is full."""

import resource
from pathlib import Path

import pytest
import torch
from mmengine.hooks import CheckpointHook, Hook
from stopped_toys import Stop, guarded, lines_of, stop

from mmdmr.engine.atomic_backend import AtomicBackend
from mmdmr.engine.hooks import AtomicCheckpointHook
from mmdmr.engine.work_dir import last_checkpoint

LAST = dict(by_epoch=False, max_iters=3)


def checkpoints(folder):
    return sorted(path.name for path in folder.glob('*.pth*'))


def iterations(path):
    return torch.load(path, weights_only=False)['meta']['iter']


def test_the_old_checkpoint_is_deleted_after_the_new_one_is_noted(
    tmp_path, monkeypatch
):
    """What stands at each step, as a kill would leave it."""
    seen = []
    folder = tmp_path / 'run'

    def look(method):
        def looking(self, *args):
            seen.append((method.__name__, checkpoints(folder), note.name))
            return method(self, *args)

        return looking

    note = Path()
    for owner, name in (
        (AtomicBackend, 'put'),
        (AtomicBackend, 'remove'),
        (AtomicCheckpointHook, '_write'),
    ):
        monkeypatch.setattr(owner, name, look(getattr(owner, name)))
    guarded(folder, train_cfg=dict(by_epoch=False, max_iters=2)).train()
    assert [entry[:2] for entry in seen] == [
        ('_write', []),
        ('put', []),
        ('_write', ['iter_1.pth']),
        ('put', ['iter_1.pth']),
        ('remove', ['iter_1.pth', 'iter_2.pth']),
    ]
    assert checkpoints(folder) == ['iter_2.pth']
    assert (folder / 'last_checkpoint').read_text() == str(
        folder / 'iter_2.pth'
    )


def test_a_full_disk_leaves_the_last_checkpoint(tmp_path):
    """A limit on the size of files, below that of a checkpoint."""
    folder = tmp_path / 'run'
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(runner):
        size = (folder / 'iter_2.pth').stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, before[1]))

    try:
        with pytest.raises(OSError, match='iter_3.pth'):
            guarded(folder, fill, 2, train_cfg=LAST).train()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert checkpoints(folder) == ['iter_2.pth']
    assert iterations(last_checkpoint(folder)) == 2


def test_what_a_kill_leaves_is_deleted_by_the_resumed_run(
    tmp_path, monkeypatch
):
    folder = tmp_path / 'run'
    with monkeypatch.context() as patch:
        patch.setattr(AtomicBackend, 'remove', lambda *args: stop(None))
        with pytest.raises(Stop):
            guarded(folder, train_cfg=LAST).train()
    (folder / 'iter_3.pth.part').touch()
    (folder / 'mine.part').touch()
    assert checkpoints(folder) == [
        'iter_1.pth',
        'iter_2.pth',
        'iter_3.pth.part',
    ]
    with pytest.raises(Stop):
        guarded(folder, stop, 2, train_cfg=LAST, resume=True).train()
    assert checkpoints(folder) == ['iter_2.pth']
    assert (folder / 'mine.part').exists()


@pytest.mark.parametrize('keep', [1, 2, -1])
def test_as_many_are_kept_as_the_config_says(tmp_path, keep):
    hook = dict(type='mmdmr.AtomicCheckpointHook', by_epoch=False, interval=1)
    guarded(
        tmp_path / 'run',
        hooks=dict(checkpoint=dict(hook, max_keep_ckpts=keep)),
        train_cfg=LAST,
    ).train()
    kept = ['iter_1.pth', 'iter_2.pth', 'iter_3.pth']
    assert checkpoints(tmp_path / 'run') == kept[-keep if keep > 0 else 0 :]


def best_of(hook, runner, score):
    hook._save_best_checkpoint(runner, dict(mAP=score))
    return [n for n in checkpoints(Path(runner.work_dir)) if 'best' in n]


def test_the_best_checkpoint_is_replaced_once_the_new_one_is_written(
    tmp_path, monkeypatch
):
    folder = tmp_path / 'run'
    runner = guarded(
        folder,
        hooks=dict(
            checkpoint=dict(
                type='mmdmr.AtomicCheckpointHook',
                by_epoch=False,
                interval=1,
                save_best='mAP',
                max_keep_ckpts=1,
            )
        ),
        train_cfg=LAST,
    )
    runner.train()
    (hook,) = [h for h in runner.hooks if isinstance(h, CheckpointHook)]
    assert best_of(hook, runner, 0.5) == ['best_mAP_iter_3.pth']
    # Again at the same iteration: the new file has the old one's name.
    assert best_of(hook, runner, 0.6) == ['best_mAP_iter_3.pth']
    runner.train_loop._iter = 4
    with monkeypatch.context() as patch:
        patch.setattr(AtomicBackend, 'put', lambda *args: stop(None))
        with pytest.raises(Stop):
            best_of(hook, runner, 0.7)
    assert (folder / 'best_mAP_iter_3.pth').exists()
    runner.message_hub.update_info('best_score', 0.6)
    hook.best_ckpt_path = str(folder / 'best_mAP_iter_3.pth')
    assert best_of(hook, runner, 0.7) == ['best_mAP_iter_4.pth']
    assert 'iter_4.pth' in checkpoints(folder)


def test_a_checkpoint_outside_of_the_intervals_gives_way_to_the_next(
    tmp_path,
):
    folder = tmp_path / 'run'
    checkpoint = dict(type='mmdmr.AtomicCheckpointHook', interval=1)
    options = dict(
        hooks=dict(checkpoint=checkpoint),
        train_cfg=dict(by_epoch=True, max_epochs=1),
    )

    class Saves(Hook):
        def after_train_iter(self, runner, *args, **kwargs):
            if runner.iter == 3:
                (hook,) = [
                    h for h in runner.hooks if isinstance(h, CheckpointHook)
                ]
                assert hook.save_now(runner, 0, 4) == str(
                    folder / 'iter_4.pth'
                )
                raise Stop

    runner = guarded(folder, **options)
    runner.register_hook(Saves(), priority='LOWEST')
    with pytest.raises(Stop):
        runner.train()
    assert last_checkpoint(folder) == folder / 'iter_4.pth'
    guarded(folder, resume=True, **options).train()
    assert checkpoints(folder) == ['epoch_1.pth']
    guarded(tmp_path / 'other', **options).train()
    assert lines_of(folder) == lines_of(tmp_path / 'other')


def test_another_storage_keeps_its_own_way_of_writing(tmp_path):
    hook = AtomicCheckpointHook(backend_args=dict(backend='local'))
    assert hook.backend_args == dict(backend='local')
