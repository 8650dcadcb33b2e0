"""Another number of epochs."""

import pytest
from mmengine.config import Config

from mmdmr.config import find_config, set_epochs


def test_cosine_ends_with_the_training():
    cfg = Config.fromfile(find_config('dmrnet_faster-rcnn_r18_fpn_prw-mini'))
    set_epochs(cfg, 3)
    warm_up, cosine = cfg.param_scheduler
    assert cfg.train_cfg.max_epochs == 3
    assert cfg.train_cfg.val_interval == 3
    assert warm_up.end == 50
    assert cosine.T_max == cosine.end == 3


@pytest.mark.parametrize(
    'epochs, milestones',
    [(24, [16, 22]), (12, [8, 11]), (3, [2, 3]), (1, [1])],
)
def test_drops_stay_in_proportion(epochs, milestones):
    cfg = Config.fromfile(find_config('dmrnet_faster-rcnn_r50_fpn_1x_prw'))
    set_epochs(cfg, epochs)
    assert cfg.param_scheduler[1].milestones == milestones
    assert cfg.param_scheduler[1].end == epochs
    assert cfg.param_scheduler[0].end == 500


def test_numbers_that_make_no_sense():
    cfg = Config(dict(train_cfg=dict(max_epochs=3)))
    with pytest.raises(ValueError, match='at least 1'):
        set_epochs(cfg, 0)
    with pytest.raises(ValueError, match='counts iterations'):
        set_epochs(Config(dict(train_cfg=dict(max_iters=3))), 2)
