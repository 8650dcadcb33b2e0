"""Checks of a config before the first iteration of a training or a test."""

from mmdmr.stack import load_stack

load_stack()

from .before_training import check_training
from .hooks import check_hooks
from .samples import check_complete

__all__ = ['check_complete', 'check_hooks', 'check_training']
