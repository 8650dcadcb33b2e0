"""Comparison of DMRNet with simpler methods, and sweeps of its settings."""

from .plan import GROUPS, Run, plan_runs
from .report import write_report
from .results import Result, read_results

__all__ = [
    'GROUPS',
    'Result',
    'Run',
    'plan_runs',
    'read_results',
    'write_report',
]
