"""A tiny network for person search, as a config and its weights."""

from pathlib import Path

import torch
from mmdet.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from narrow_backbone import NARROW

CONFIG = (
    Path(__file__).parents[2]
    / 'configs/dmrnet/dmrnet_faster-rcnn_r18_fpn_synthetic.py'
)


def save_tiny_checkpoint(folder, meta=None, score_thr=0.0, change=None):
    """Write a config and the weights of an untrained network.

    Args:
        folder (Path): Folder to write into.
        meta (dict | None): Meta information of the checkpoint.
        score_thr (float): Threshold of the config's metric: an untrained
            network is sure of nothing.
        change (Callable | None): Changes the config before it is written.
    """
    cfg = Config.fromfile(CONFIG)
    cfg.merge_from_dict(NARROW)
    cfg.model.reid_head.out_channels = 16
    cfg.model.test_cfg.rcnn.max_per_img = 5
    cfg.model.memory.update(num_labelled=12, num_unlabelled=8)
    cfg.test_evaluator.score_thr = score_thr
    cfg.test_dataloader.dataset.data_root = 'nowhere'
    for step in cfg.test_dataloader.dataset.pipeline:
        if step.type == 'Resize':
            step.scale = (160, 160)
    if change:
        change(cfg)
    cfg.dump(folder / 'tiny.py')
    init_default_scope('mmdet')
    torch.manual_seed(0)
    model = MODELS.build(cfg.model)
    model.init_weights()
    torch.save(
        dict(meta=meta or {}, state_dict=model.state_dict()),
        folder / 'tiny.pth',
    )
    return folder / 'tiny.py', folder / 'tiny.pth'
