"""Configs for the authors' weights."""

from pathlib import Path

from mmengine.config import Config
from mmengine.registry import init_default_scope

CONFIGS = Path(__file__).parents[2] / 'configs/dmrnet'
DETECTORS = ['reppoints', 'retinanet']


def config(detector):
    init_default_scope('mmdet')
    cfg = Config.fromfile(
        CONFIGS / f'dmrnet_{detector}_r50_fpn-gn_authors_cuhk-sysu.py'
    )
    cfg.model.backbone.init_cfg = None
    return cfg.model
