"""Speed of a test, by part and by way; needs PyTorch."""

from mmdmr.stack import load_stack

load_stack()

from .parts import PARTS
from .published import PublishedWay
from .walks import Walk, walk_in_turn
from .ways import TestSet, Way

__all__ = [
    'PARTS',
    'PublishedWay',
    'TestSet',
    'Walk',
    'Way',
    'walk_in_turn',
]
