"""Person search (DMRNet) for MMDetection 3.x."""

import sys

from .stack import check_stack, is_examined
from .version import __version__

if not is_examined(getattr(sys, 'argv', [])):
    check_stack()

__all__ = ['__version__']
