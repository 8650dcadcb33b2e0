"""Metrics that configs name."""

from mmdmr.stack import require_stack

require_stack()

from .person_search_metric import PersonSearchMetric

__all__ = ['PersonSearchMetric']
