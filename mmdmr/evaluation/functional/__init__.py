"""Metrics of person search as functions of NumPy arrays."""

from .bootstrap import Difference, paired_bootstrap
from .cbgm import CBGM, stored_contexts, suppressed_contexts
from .clean_galleries import strict_protocol
from .detection import score_detection
from .false_alarms import (
    FalseAlarms,
    OperatingPoint,
    expected_false_alarms,
    match_identities,
    measure_false_alarms,
)
from .kept_detections import gt_as_detections
from .notes import notes_on
from .options import CBGMOptions, ScoringOptions
from .pairs import PairCounts, count_pairs
from .predictions import (
    load_contexts,
    load_detections,
    load_fingerprint,
    load_gt_feats,
    load_query_feats,
    load_score_thr,
)
from .query_expansion import ExpansionOptions, expand_query
from .ranking import QueryPositives, Ranking, find_positives, rank_gallery
from .reranking import RerankingOptions, rerank
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
    'ExpansionOptions',
    'FalseAlarms',
    'OperatingPoint',
    'PairCounts',
    'QueryPositives',
    'Ranking',
    'RerankingOptions',
    'ScoreKey',
    'ScoringOptions',
    'ScoringResult',
    'Search',
    'SearchScores',
    'Suite',
    'Truth',
    'count_pairs',
    'expand_query',
    'expected_false_alarms',
    'find_positives',
    'match_identities',
    'measure_false_alarms',
    'find_truth',
    'gt_as_detections',
    'load_contexts',
    'load_detections',
    'load_fingerprint',
    'load_gt_feats',
    'load_query_feats',
    'load_score_thr',
    'notes_on',
    'paired_bootstrap',
    'rank_gallery',
    'remarks_on',
    'rerank',
    'score_detection',
    'score_predictions',
    'score_search',
    'score_searches',
    'score_suite',
    'stored_contexts',
    'strict_protocol',
    'suppressed_contexts',
]
