"""Reading annotation files into plain arrays, with NumPy and SciPy alone.

What looks into images needs more: ``image_size`` and ``mot`` need Pillow,
``verification`` OpenCV beside it. They are not imported here.
"""

from .base import Reader
from .coco import CocoReader
from .cuhk_sysu import CUHKSYSUReader
from .prw import PRWReader

#: Readers by the names that the command line gives data sets.
READERS: dict[str, type[Reader]] = {
    'cuhk-sysu': CUHKSYSUReader,
    'prw': PRWReader,
    'coco': CocoReader,
}

__all__ = ['READERS', 'CUHKSYSUReader', 'CocoReader', 'PRWReader', 'Reader']
