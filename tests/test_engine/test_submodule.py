"""Parts of a model, by their path."""

import pytest
from mmengine.model import MMSeparateDistributedDataParallel
from mmengine.registry import MODEL_WRAPPERS
from torch import nn
from toy_contrast import Contrast

from mmdmr.engine.submodule import find_submodule, network_of


@MODEL_WRAPPERS.register_module()
class Shards(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module


def test_a_wrapper_that_may_cut_parameters_is_refused():
    with pytest.raises(ValueError, match='do not work in a Shards'):
        find_submodule(Shards(Contrast()), 'memory', 'commit', 'memory')


def test_a_wrapper_of_each_part_is_refused():
    """Each part has its wrapper: no single network is inside."""
    wrapper = MMSeparateDistributedDataParallel.__new__(
        MMSeparateDistributedDataParallel
    )
    with pytest.raises(ValueError, match='do not work in a MMSeparate'):
        network_of(wrapper)
