"""Checkpoints that know nothing of a module."""

import torch
from torch import nn

from mmdmr.models.memory.loading import fill_absent


def test_a_module_that_is_absent_keeps_its_state():
    module = nn.Linear(2, 3)
    checkpoint = {'memory2.weight': torch.zeros(1)}
    fill_absent(module, checkpoint, 'memory.')
    assert torch.equal(checkpoint['memory.weight'], module.weight)
    assert len(checkpoint) == 3


def test_a_module_that_is_there_in_part_is_left_alone():
    """So that the missing rest is reported."""
    checkpoint = {'memory.weight': torch.zeros(3, 2)}
    fill_absent(nn.Linear(2, 3), checkpoint, 'memory.')
    assert list(checkpoint) == ['memory.weight']
