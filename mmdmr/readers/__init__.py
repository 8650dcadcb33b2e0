"""Reading annotation files into plain arrays, with NumPy and SciPy alone.

Modules that read images need more and are not imported here: ``image_size``
and ``mot`` need Pillow, ``verification`` needs Pillow and OpenCV.
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
