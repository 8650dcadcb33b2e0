"""A small training to check."""

import copy
import json

import mmcv
import numpy as np
import pytest
from mmengine.config import Config

CONFIG = 'configs/dmrnet/dmrnet_faster-rcnn_r18_fpn_own-data.py'


@pytest.fixture(scope='module')
def shops(tmp_path_factory):
    """Two data sets of eight pictures; persons 0 to 3 are seen twice each."""
    roots = []
    for shop in ('a', 'b'):
        root = tmp_path_factory.mktemp(shop)
        names = [f'{i}.jpg' for i in range(8)]
        for name in names:
            picture = np.full((80, 120, 3), 90, np.uint8)
            mmcv.imwrite(picture, str(root / 'images' / name))
        content = dict(
            images=[dict(id=i, file_name=n) for i, n in enumerate(names)],
            annotations=[
                dict(id=i, image_id=i, bbox=[20, 9, 30, 60], person_id=i // 2)
                for i in range(8)
            ],
        )
        (root / 'annotations').mkdir()
        for split in ('train', 'test'):
            path = root / 'annotations' / f'{split}.json'
            path.write_text(json.dumps(content))
        roots.append(str(root))
    return roots


@pytest.fixture(scope='module')
def read(request):
    return Config.fromfile(request.config.rootpath / CONFIG)


@pytest.fixture
def config(shops, tmp_path, read):
    cfg = copy.deepcopy(read)
    cfg.work_dir, cfg.experiment_name = str(tmp_path), tmp_path.name
    cfg.model.reid_head.out_channels = 8
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        loader.dataset.data_root = shops[0]
        loader.update(num_workers=0, persistent_workers=False)
    cfg.test_dataloader = cfg.test_evaluator = cfg.test_cfg = None
    return cfg
