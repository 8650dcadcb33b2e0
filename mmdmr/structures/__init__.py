"""Containers of annotations and detections, and arithmetic on boxes.

NumPy arrays only: neither PyTorch nor MMEngine. The position of an image in
:attr:`GroundTruth.img_names` is its *image index*.
"""

from .annotations import (
    GroundTruth,
    Queries,
    RemainderGalleries,
    SearchProtocol,
    SearchTask,
)
from .boxes import iou
from .detections import Detections
from .hits import Hit, SearchResult
from .model_info import ModelInfo

__all__ = [
    'Detections',
    'GroundTruth',
    'Hit',
    'ModelInfo',
    'Queries',
    'RemainderGalleries',
    'SearchProtocol',
    'SearchResult',
    'SearchTask',
    'iou',
]
