"""Free memory goes back behind epochs, checkpoints and validations."""

from toy_contrast import make_runner

from mmdmr.engine.hooks import TrimMemoryHook, trim_memory_hook


def test_memory_goes_back_behind_checkpoints_and_validations(
    tmp_path, monkeypatch
):
    saved = []

    def trim_memory():
        saved.append(len(list(tmp_path.rglob('epoch_*.pth'))))

    monkeypatch.setattr(trim_memory_hook, 'trim_memory', trim_memory)
    runner = make_runner(
        tmp_path / 'run',
        [
            'mmdmr.EMAEncoderHook',
            'mmdmr.MemoryQueueHook',
            'mmdmr.TrimMemoryHook',
        ],
        train_cfg=dict(by_epoch=True, max_epochs=2),
        default_hooks=dict(checkpoint=dict(type='CheckpointHook', interval=1)),
    )
    runner.train()
    assert saved == [1, 2]
    TrimMemoryHook().after_val_epoch(runner, metrics={'mAP': 0.5})
    assert saved == [1, 2, 2]
