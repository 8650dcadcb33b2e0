import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope
from narrow_backbone import NARROW

CONFIG = 'configs/dmrnet/dmrnet_faster-rcnn_r18_fpn_synthetic.py'


@pytest.fixture(autouse=True)
def _default_scope():
    """As in a run, whatever other tests left behind."""
    init_default_scope('mmdet')


@pytest.fixture
def tiny_config(small_data, request):
    """The demo's config on our own small CUHK-SYSU layout, as small as it
    gets: seconds for a run of 20 iterations."""

    def make(work_dir):
        cfg = Config.fromfile(request.config.rootpath / CONFIG)
        cfg.merge_from_dict(NARROW)
        cfg.work_dir = str(work_dir)
        cfg.experiment_name = work_dir.name
        cfg.randomness = dict(seed=0)
        cfg.model.reid_head.out_channels = 32
        cfg.model.memory.update(num_labelled=12, num_unlabelled=8)
        cfg.model.train_cfg.rpn_proposal.max_per_img = 100
        for loader in (
            cfg.train_dataloader,
            cfg.val_dataloader,
            cfg.test_dataloader,
        ):
            loader.update(
                batch_size=2, num_workers=0, persistent_workers=False
            )
            loader.dataset.data_root = str(small_data / 'CUHK-SYSU')
            for step in loader.dataset.pipeline:
                if step.type == 'Resize':
                    step.scale = (160, 160)
        for loader in (cfg.val_dataloader, cfg.test_dataloader):
            loader.dataset.protocols = ['G50']
        return cfg

    return make


@pytest.fixture
def model(tiny_config, tmp_path):
    import torch
    from mmdet.registry import MODELS

    init_default_scope('mmdet')
    torch.manual_seed(0)
    model = MODELS.build(tiny_config(tmp_path).model)
    model.init_weights()
    model.key_encoder.update(model)
    return model
