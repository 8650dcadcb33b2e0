"""Figures of person search in NumPy, without MMEngine."""

from .arrays import gt_as_detections, load_detections, load_query_feats
from .detection import score_detection
from .search import Ranking, SearchScores, rank_gallery, score_search

__all__ = [
    'Ranking',
    'SearchScores',
    'gt_as_detections',
    'load_detections',
    'load_query_feats',
    'rank_gallery',
    'score_detection',
    'score_search',
]
