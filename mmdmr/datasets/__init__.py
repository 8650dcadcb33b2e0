"""Person-search data sets for MMDetection, and their transforms."""

from mmdmr.stack import load_stack

load_stack()

from .base import PersonSearchDataset
from .coco import CocoPersonSearchDataset
from .concat import ConcatDataset
from .cuhk_sysu import CUHKSYSUDataset
from .loading import LoadImageFromFile
from .prw import PRWDataset
from .samplers import SameShapeBatchSampler
from .seeding import SeededBatchSampler
from .transforms import (
    InclusiveEnds,
    LegacyBoxEnds,
    LoadPersonSearchAnnotations,
    PackPersonSearchInputs,
)

__all__ = [
    'CUHKSYSUDataset',
    'CocoPersonSearchDataset',
    'ConcatDataset',
    'InclusiveEnds',
    'LegacyBoxEnds',
    'LoadImageFromFile',
    'LoadPersonSearchAnnotations',
    'PRWDataset',
    'PackPersonSearchInputs',
    'PersonSearchDataset',
    'SameShapeBatchSampler',
    'SeededBatchSampler',
]
