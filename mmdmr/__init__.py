"""Person search (DMRNet) for MMDetection 3.x."""

from .stack import check_stack
from .version import __version__

check_stack()

__all__ = ['__version__']
