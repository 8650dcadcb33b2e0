"""A network that trains a step in a moment; nothing is timed here."""

import copy

import pytest
from mmengine.registry import init_default_scope
from narrow_backbone import NARROW

from mmdmr.config import load_config

#: Images and persons of a step.
SMALL = dict(shape=(64, 96), batch_size=2, num_persons=2)


@pytest.fixture(autouse=True)
def _default_scope():
    """As in a run, whatever other tests left behind."""
    init_default_scope('mmdet')


@pytest.fixture
def small():
    return SMALL


@pytest.fixture(scope='session')
def loaded():
    """The demo's config with a short memory of short keys; do not edit."""
    found = load_config('dmrnet_faster-rcnn_r18_fpn_synthetic')
    found.merge_from_dict(NARROW)
    found.model.reid_head.out_channels = 16
    found.model.memory.update(num_labelled=12, num_unlabelled=8)
    found.model.train_cfg.rpn_proposal.max_per_img = 100
    return found


@pytest.fixture
def cfg(loaded):
    return copy.deepcopy(loaded)
