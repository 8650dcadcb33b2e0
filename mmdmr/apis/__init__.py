"""Person search on one's own pictures and videos.

With two ONNX networks, neither PyTorch nor MMDetection is needed.
"""

from .conversion import to_supervision
from .index_report import IndexReport
from .scenes import write_hits
from .searcher import PersonSearcher

__all__ = ['IndexReport', 'PersonSearcher', 'to_supervision', 'write_hits']
