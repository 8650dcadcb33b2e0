"""Every config builds; the full-size ones train at their real size."""

from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from mmengine.runner import Runner

CONFIGS = sorted((Path(__file__).parents[1] / 'configs/dmrnet').glob('*.py'))


def offline(cfg):
    cfg.model.backbone.init_cfg = None
    return cfg


@pytest.mark.parametrize('path', CONFIGS, ids=lambda p: p.stem)
def test_config_builds(path):
    cfg = offline(Config.fromfile(path))
    init_default_scope(cfg.default_scope)
    model = MODELS.build(cfg.model)
    assert (
        model.memory.labelled.keys.shape[1]
        == cfg.model.reid_head['out_channels']
    )
    assert [hook.type for hook in cfg.custom_hooks] == [
        'mmdmr.EMAEncoderHook',
        'mmdmr.MemoryQueueHook',
    ]
    assert cfg.default_hooks.checkpoint.save_best.endswith('search/mAP')


@pytest.mark.slow
@pytest.mark.parametrize(
    'name,root', [('cuhk-sysu', 'CUHK-SYSU'), ('prw', 'PRW')]
)
def test_full_size_configs_train_and_test(name, root, small_data, tmp_path):
    cfg = offline(
        Config.fromfile(
            CONFIGS[0].with_name(f'dmrnet_faster-rcnn_r50_fpn_1x_{name}.py')
        )
    )
    cfg.work_dir = str(tmp_path)
    cfg.experiment_name = name
    cfg.train_cfg = dict(type='IterBasedTrainLoop', max_iters=3)
    cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    cfg.default_hooks.checkpoint = dict(
        type='CheckpointHook', by_epoch=False, interval=3
    )
    for loader in (cfg.train_dataloader, cfg.test_dataloader):
        loader.update(num_workers=0, persistent_workers=False)
        loader.dataset.data_root = str(small_data / root)
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.iter == 3
    assert runner.model.memory.commits == 3
    for i, batch in enumerate(runner.build_dataloader(cfg.test_dataloader)):
        (result,) = runner.model.test_step(batch)
        assert result.pred_instances.reid_feats.shape[1:] == (2048,)
        if i == 2:
            break
