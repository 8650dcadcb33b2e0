"""Tiny one-stage networks for person search, untrained."""

import torch
from mmengine.registry import MODELS, init_default_scope

from mmdmr.config import load_config


def save_tiny_one_stage(folder, name, change=None):
    """Write a config and random weights of a small RetinaNet, FCOS or ATSS.

    Args:
        folder (Path): Folder to write into.
        name (str): Config of this package to start from.
        change (Callable | None): Changes the config before it is written.

    Returns:
        tuple[Path, Path]: Config and checkpoint.
    """
    cfg = load_config(name)
    model = cfg.model
    model.backbone.update(depth=18, init_cfg=None)
    model.neck.update(in_channels=[64, 128, 256, 512], out_channels=32)
    model.bbox_head.update(in_channels=32, feat_channels=32, stacked_convs=1)
    model.reid_head.update(in_channels=32, out_channels=16)
    model.memory.update(num_labelled=12, num_unlabelled=0)
    # An untrained network is sure of nothing.
    model.test_cfg.update(score_thr=0.0, max_per_img=20)
    cfg.test_evaluator.score_thr = 0.0
    cfg.test_dataloader.dataset.data_root = 'nowhere'
    for step in cfg.test_dataloader.dataset.pipeline:
        if step.type == 'Resize':
            step.scale = (160, 160)
    if change:
        change(cfg)
    cfg.dump(folder / 'one_stage.py')
    init_default_scope('mmdet')
    torch.manual_seed(0)
    network = MODELS.build(model)
    network.init_weights()
    for parameter in network.bbox_head.parameters():
        # Larger weights of the last layers: scores differ, boxes move.
        if parameter.dim() == 4:
            torch.nn.init.normal_(parameter, std=0.1)
    torch.save(
        dict(meta={}, state_dict=network.state_dict()),
        folder / 'one_stage.pth',
    )
    return folder / 'one_stage.py', folder / 'one_stage.pth'
