"""Readers of person-search data sets and the transforms for them."""
from .base import PersonSearchDataset
from .cuhk_sysu import CUHKSYSUDataset
from .prw import PRWDataset
from .transforms import LoadPersonSearchAnnotations, PackPersonSearchInputs

__all__ = [
    'CUHKSYSUDataset', 'LoadPersonSearchAnnotations',
    'PackPersonSearchInputs', 'PersonSearchDataset', 'PRWDataset'
]
