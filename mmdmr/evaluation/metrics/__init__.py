"""Metrics that configs name."""

from mmdmr.stack import load_stack

load_stack()

from .person_search_metric import PersonSearchMetric

__all__ = ['PersonSearchMetric']
