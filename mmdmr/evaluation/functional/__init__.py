"""Figures of person search in NumPy, without MMEngine."""

from .arrays import gt_as_detections
from .cbgm import CBGM, stored_contexts, suppressed_contexts
from .comparison import Difference, paired_bootstrap
from .detection import score_detection
from .options import CBGMOptions, ScoringOptions
from .predictions import (
    load_contexts,
    load_detections,
    load_gt_feats,
    load_query_feats,
    load_score_thr,
    remarks_on,
)
from .score_key import ScoreKey
from .scoring import ScoringResult, score_predictions
from .search import (
    Ranking,
    Search,
    SearchScores,
    Truth,
    find_truth,
    rank_gallery,
    score_search,
    score_searches,
)
from .strict import strict_protocol

# Names of earlier versions.
Suite = ScoringResult
score_suite = score_predictions

__all__ = [
    'ScoringOptions',
    'ScoringResult',
    'ScoreKey',
    'score_predictions',
    'CBGM',
    'CBGMOptions',
    'Difference',
    'Ranking',
    'Search',
    'SearchScores',
    'Suite',
    'Truth',
    'find_truth',
    'gt_as_detections',
    'load_contexts',
    'load_detections',
    'load_gt_feats',
    'load_query_feats',
    'load_score_thr',
    'paired_bootstrap',
    'rank_gallery',
    'remarks_on',
    'score_detection',
    'score_search',
    'score_searches',
    'score_suite',
    'stored_contexts',
    'strict_protocol',
    'suppressed_contexts',
]
