"""Metrics of person search as functions of NumPy arrays."""

from .bootstrap import Difference, paired_bootstrap
from .cbgm import CBGM, stored_contexts, suppressed_contexts
from .clean_galleries import strict_protocol
from .detection import score_detection
from .kept_detections import gt_as_detections
from .notes import notes_on
from .options import CBGMOptions, ScoringOptions
from .predictions import (
    load_contexts,
    load_detections,
    load_gt_feats,
    load_query_feats,
    load_score_thr,
)
from .ranking import QueryPositives, Ranking, find_positives, rank_gallery
from .score_key import ScoreKey
from .scoring import ScoringResult, score_predictions
from .search import Search, SearchScores, score_search, score_searches

# Names of earlier versions, which user code may import.
Suite, score_suite = ScoringResult, score_predictions
Truth, find_truth = QueryPositives, find_positives
remarks_on = notes_on

__all__ = [
    'CBGM',
    'CBGMOptions',
    'Difference',
    'QueryPositives',
    'Ranking',
    'ScoreKey',
    'ScoringOptions',
    'ScoringResult',
    'Search',
    'SearchScores',
    'Suite',
    'Truth',
    'find_positives',
    'find_truth',
    'gt_as_detections',
    'load_contexts',
    'load_detections',
    'load_gt_feats',
    'load_query_feats',
    'load_score_thr',
    'notes_on',
    'paired_bootstrap',
    'rank_gallery',
    'remarks_on',
    'score_detection',
    'score_predictions',
    'score_search',
    'score_searches',
    'score_suite',
    'stored_contexts',
    'strict_protocol',
    'suppressed_contexts',
]
