"""Metrics that configs name."""
from .person_search_metric import PersonSearchMetric

__all__ = ['PersonSearchMetric']
