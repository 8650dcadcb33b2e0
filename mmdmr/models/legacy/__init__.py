from .bbox_coder import InclusiveDeltaXYWHBBoxCoder
from .roi_align import LegacyRoIAlign
from .roi_extractor import LegacyRoIExtractor

__all__ = [
    'InclusiveDeltaXYWHBBoxCoder',
    'LegacyRoIAlign',
    'LegacyRoIExtractor',
]
